"""Real proxies on loopback in front of a server, configured with the files of deploy/."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .live import ROOT, free_port
from .tools import require_tool
from .waiting import SECONDS, wait_until

DEPLOY = ROOT / "deploy"
PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy", "haproxy": "haproxy"}

# nginx's file is a part of this one. Started by root, nginx would answer as another user, who may
# not enter the directory of a test.
NGINX_MAIN = """
{user}
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{}}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


def program(name: str) -> str:
    """Return the path of a proxy's program; skip or fail the test if it is not installed."""
    path = shutil.which(name, path=PLACES)
    require_tool(is_there=path is not None, name=name, install=f"apt-get install {PACKAGES[name]}")
    return str(path)


def nginx_site(directory: Path, *, upstream: str, listen: str, secret: str) -> str:
    """Return deploy/nginx.conf changed for an ordinary user: no TLS, one address, own files."""
    (directory / "secret.conf").write_text(f'proxy_set_header X-Proxy-Secret "{secret}";\n')
    site = (DEPLOY / "nginx.conf").read_text()
    site = site.replace("/etc/nginx/bookstore_secret.conf", f"{directory}/secret.conf")
    site = site.replace("/var/log/nginx/", f"{directory}/")
    site = re.sub(r"\n *(listen \[::\]:|ssl_).*", "", site)
    site = site.replace("listen 80;", f"listen unix:{directory}/redirect;")
    site = site.replace("listen 443 ssl http2;", f"listen {listen};")
    return site.replace("server 127.0.0.1:8000;", f"server {upstream};")


def caddy_site(*, upstream: str, listen: str) -> str:
    site = (DEPLOY / "Caddyfile").read_text()
    options = "{\n\tadmin off\n\tauto_https off\n}\n"
    site = site.replace("books.example.org {", f"http://{listen} {{")
    return options + site.replace("127.0.0.1:8000", upstream)


def haproxy_site(*, upstream: str, listen: str) -> str:
    site = (DEPLOY / "haproxy.cfg").read_text()
    site = re.sub(r"bind :443 .*", f"bind {listen}", site)
    # The scheme of clients over TLS; here there is no TLS.
    site = site.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    return site.replace("127.0.0.1:8000 check", upstream).replace("option httpchk GET /healthz", "")


@contextmanager
def proxy(
    name: str, directory: Path, *, upstream: str, secret: str, edit: tuple[str, str] = ("", "")
) -> Iterator[str]:
    """Run a proxy with its file of deploy/ in front of `upstream` (HOST:PORT); yield its address.

    `edit` replaces one text of the file by another, to test a different configuration.
    """
    listen = f"127.0.0.1:{free_port()}"
    directory.mkdir(exist_ok=True)
    command = [program(name)]
    if name == "nginx":
        user = "user root;" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(NGINX_MAIN.format(user=user, directory=directory))
        site = nginx_site(directory, upstream=upstream, listen=listen, secret=secret)
        command += ["-p", str(directory), "-c", str(directory / "nginx.conf")]
    elif name == "caddy":
        site = caddy_site(upstream=upstream, listen=listen)
        command += ["run", "--adapter", "caddyfile", "--config", str(directory / "site.conf")]
    else:
        site = haproxy_site(upstream=upstream, listen=listen)
        command += ["-db", "-f", str(directory / "site.conf")]
    (directory / "site.conf").write_text(site.replace(*edit) if edit[0] else site)
    environment = {**os.environ, "PROXY_SECRET": secret, "HOME": str(directory)}
    log = directory / "proxy.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=directory
        )
    try:
        _wait_until_open(listen, process, log)
        yield listen
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def _wait_until_open(listen: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    host, _, port = listen.rpartition(":")

    def is_open() -> bool:
        with suppress(OSError):
            socket.create_connection((host, int(port)), timeout=1).close()
            return True
        return False

    wait_until(is_open, failure="the proxy did not start", process=process, log=log)
