#!/usr/bin/python3
"""Real mail servers deliver to real mail servers, with danebound's policies.

Started without a tree it makes certificates and zones for one, and runs again
inside. Each scenario of deliveries.py is a domain that gets a message from each
MTA; at the end a table of what happened is printed.
"""

import sys
import unittest

sys.dont_write_bytecode = True

import deliveries  # noqa: E402
import delivery_case  # noqa: E402
import in_tree  # noqa: E402
import receivers  # noqa: E402
from exim_delivery import Exim  # noqa: E402, F401
from opensmtpd_delivery import OpenSmtpd  # noqa: E402, F401
from postfix_delivery import (PinnedPostfix, Postfix,  # noqa: E402, F401
                              TlsReports, UnvalidatedPostfix)
from sendmail_delivery import RelayedSendmail, Sendmail  # noqa: E402, F401


def main():
    if in_tree.folder() is None:
        return in_tree.run(deliveries.write_world)
    with receivers.Receivers(in_tree.folder()) as servers:
        delivery_case.Deliveries.servers = servers
        tests = unittest.main(verbosity=2, exit=False)
    delivery_case.print_matrix()
    return 0 if tests.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
