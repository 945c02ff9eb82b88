"""postfix-mta-sts-resolver, and what it needs: a web server with the policy of a
domain, an authority that vouches for it, and a way to DNS."""

import contextlib
import http.server
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading

import chains
import resolver
import socketmap

ADDRESS = "127.53.3.1"  # of mta-sts.DOMAIN in zones/bench.scenario
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: *.{}\r\nmax_age: 604800\r\n"
SETTINGS = """\
path: {folder}/map.sock
mode: 0600
cache_grace: 86400
cache:
  type: internal
default_zone:
  timeout: 10
"""


@contextlib.contextmanager
def running(cores, domain):
    """Gives the socket of the daemon, which has the domain's policy cached."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="danebound-bench-")))
        stack.enter_context(_web_server(folder, domain))
        stack.enter_context(_daemon(folder, cores))
        path = folder / "map.sock"
        with socketmap.Client(path, 30) as client:
            answer = client.ask(domain)
        assert answer.startswith("OK secure"), _log(folder, answer)
        yield path


@contextlib.contextmanager
def _web_server(folder, domain):
    authority = chains.issue("Authority of the benchmark", authority=True)
    leaf = chains.issue("", authority, names=[f"mta-sts.{domain}"],
                        purposes=["server"])
    (folder / "authority.pem").write_text(chains.pem([authority]))
    (folder / "leaf.pem").write_text(chains.pem([leaf]) + leaf.key_pem())

    class Policy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = POLICY.format(domain).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    server = http.server.ThreadingHTTPServer((ADDRESS, 443), Policy)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def _daemon(folder, cores):
    (folder / "settings.yml").write_text(SETTINGS.format(folder=folder))
    (folder / "resolv.conf").write_text(f"nameserver {resolver.ADDRESS}\n")
    # A resolv.conf of its own, in mounts of its own.
    command = [shutil.which("unshare"), "--mount", "sh", "-c",
               'mount --bind "$1/resolv.conf" /etc/resolv.conf && '
               'exec mta-sts-daemon -c "$1/settings.yml" -l "$1/log"', "sh",
               str(folder)]
    with open(folder / "output", "wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output,
            env=dict(os.environ, SSL_CERT_FILE=str(folder / "authority.pem")),
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
    try:
        if not resolver.wait_until((folder / "map.sock").exists, 120):
            raise AssertionError(_log(folder, "mta-sts-daemon: no socket"))
        yield
    finally:
        process.terminate()
        process.wait()


def _log(folder, what):
    return "\n".join([str(what), *(
        path.read_text(errors="replace")
        for path in (folder / "log", folder / "output") if path.exists())])
