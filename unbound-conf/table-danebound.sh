#!/bin/sh
# A table of OpenSMTPD: the domains whose mail a relay that does DANE must have.
# Install it as
#   /usr/libexec/opensmtpd/table-danebound
# (mode 0755). docs/mta/opensmtpd.md has the lines of smtpd.conf.
#
# What smtpd.conf says behind "danebound:" is the socket of danebound serve.
exec /usr/local/bin/danebound opensmtpd-table --socket "$1"
