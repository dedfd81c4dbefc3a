"""nginx and systemd accept the files of deploy/, and the files fit `serve`."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

from bookstore_project.management.commands.serve import DEFAULT_BIND
from bookstore_project.serving.server import STOP_TIMEOUT

from .tools import require_tool

DEPLOY = Path(settings.BASE_DIR) / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text()

WHOLE = """
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory};
    proxy_temp_path {directory};
    fastcgi_temp_path {directory};
    uwsgi_temp_path {directory};
    scgi_temp_path {directory};
    include {directory}/site.conf;
}}
"""


def test_nginx_reads_its_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    require_tool(is_there=nginx is not None, name="nginx", install="apt-get install nginx-light")
    require_tool(
        is_there=shutil.which("openssl") is not None,
        name="openssl",
        install="apt-get install openssl",
    )
    certificate = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=books.example.org -keyout privkey.pem -out fullchain.pem"
    )
    subprocess.run(certificate.split(), cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "bookstore_secret.conf").write_text('proxy_set_header X-Proxy-Secret "secret";')
    site = NGINX.replace("/etc/ssl/bookstore", str(tmp_path))
    site = site.replace("/etc/nginx/bookstore_secret.conf", f"{tmp_path}/bookstore_secret.conf")
    site = site.replace("/var/log/nginx", str(tmp_path))
    # nginx -t binds the ports: so unprivileged ones, and no IPv6, which a machine may lack.
    site = re.sub(r"\n *listen \[::\]:.*", "", site)
    site = site.replace("listen 80;", f"listen unix:{tmp_path}/http;")
    site = site.replace("listen 443 ", f"listen unix:{tmp_path}/https ")
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "nginx.conf").write_text(WHOLE.format(directory=tmp_path))
    finished = subprocess.run(
        [str(nginx), "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "[warn]" not in finished.stderr


def test_nginx_asks_where_the_server_listens() -> None:
    assert f"server {DEFAULT_BIND};" in NGINX


def test_nginx_takes_bodies_of_the_applications_size() -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 1 << 20
    assert "client_max_body_size 1m;" in NGINX
    _, imports = NGINX.split("location ~ ^/api/v1/books/import/?$ {")
    imports, _, _ = imports.partition("}")
    assert settings.IMPORT_MAX_BYTES == 8 << 20
    assert "client_max_body_size 8m;" in imports
    assert "proxy_read_timeout 90s;" in imports


def test_systemd_gives_the_server_the_time_that_it_gives_its_workers() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    unit.read(DEPLOY / "bookstore.service")
    service = unit["Service"]
    assert service["ExecStart"].endswith("/python manage.py serve")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert int(service["TimeoutStopSec"]) > STOP_TIMEOUT
