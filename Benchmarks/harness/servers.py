# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The upstream and what stands between it and the loader: each starts, tells its way, and ends."""
import base64
import glob
import os
import shutil
import subprocess
import time

from . import machine

PROVIDER = "api.openai.com"
PATH = "/v1/chat/completions"


class Server:
    """A process that listens on one port of 127.0.0.1."""

    name = ""
    #: How many times the start is measured.
    start_count = 10

    def __init__(self, bench, label=""):
        self.bench = bench
        self.folder = bench.folder(f"{self.name.split()[0]}{label}")
        self.process = None
        self.port = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {key: value for key, value in os.environ.items() if not key.startswith("TRAINLOOP_")}

    def start(self):
        """Returns the seconds from the start to the first connection."""
        self.port = machine.free_port()
        command = self.command()
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=open(f"{self.folder}/stdout", "wb"), stderr=open(f"{self.folder}/stderr", "wb"))
        return machine.wait_until_listening(self.port, self.process) - begin

    def stop(self):
        """Returns what the process said on stderr."""
        if self.process:
            machine.stop(self.process)
        with open(f"{self.folder}/stderr", errors="replace") as file:
            return file.read()

    def way(self):
        """The arguments that lead the loader here."""
        raise NotImplementedError


class Upstream(Server):
    name = "direct"

    def __init__(self, bench):
        super().__init__(bench)
        self.authority, self.chain, self.key = machine.make_certificates(self.folder)

    def command(self):
        program = self.bench.product("upstream")
        return [program, "--port", str(self.port), "--certificate", self.chain, "--key", self.key]

    def way(self):
        return ["--mode", "direct", "--port", str(self.port), "--ca", self.authority]


class TrainLoop(Server):
    name = "trainloop proxy"
    token = "benchmark"

    def command(self):
        return [
            self.bench.product("trainloop"), "proxy", "--port", str(self.port), "--folder", f"{self.folder}/state",
            "--data-folder", f"{self.folder}/data", "--token", self.token, "--gateway",
            "--connect-to", f"{PROVIDER}:443:127.0.0.1:{self.bench.upstream.port}",
            "--upstream-ca", self.bench.upstream.authority,
        ]

    def start(self):
        seconds = super().start()
        # The certificate is written just after.
        end = time.monotonic() + 5
        while not os.path.exists(self.certificate()) and time.monotonic() < end:
            time.sleep(0.01)
        return seconds

    def certificate(self):
        return f"{self.folder}/state/certificate.pem"

    def way(self):
        credentials = base64.b64encode(f"trainloop:{self.token}".encode()).decode()
        return [
            "--mode", "connect", "--port", str(self.port), "--ca", self.certificate(),
            "--proxy-credentials", credentials,
        ]

    def recorded_lines(self):
        count = 0
        for path in glob.glob(f"{self.folder}/data/**/*.jsonl", recursive=True):
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    count += block.count(b"\n")
        return count


class Gateway(TrainLoop):
    """The other way into the same process."""

    name = "trainloop gateway"

    def __init__(self, bench, proxy):
        self.bench = bench
        self.proxy = proxy

    process = property(lambda self: self.proxy.process)

    def start(self):
        pass

    def way(self):
        return ["--mode", "plain", "--port", str(self.proxy.port), "--path", f"/{self.token}/openai{PATH}"]


class Nginx(Server):
    name = "nginx"

    def command(self):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
        if program is None:
            raise machine.Skip("nginx is not installed")
        for folder in ("body", "proxy"):
            os.makedirs(f"{self.folder}/{folder}", exist_ok=True)
        with open(f"{self.folder}/nginx.conf", "w") as file:
            file.write(self.configuration())
        return [program, "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/error.log"]

    def start(self):
        self.secure_port = machine.free_port()
        return super().start()

    def configuration(self):
        return f"""
            worker_processes 1;
            daemon off;
            pid {self.folder}/nginx.pid;
            error_log {self.folder}/error.log error;
            events {{ worker_connections 8192; }}
            http {{
                access_log off;
                client_body_temp_path {self.folder}/body;
                proxy_temp_path {self.folder}/proxy;
                fastcgi_temp_path {self.folder}/proxy;
                uwsgi_temp_path {self.folder}/proxy;
                scgi_temp_path {self.folder}/proxy;
                keepalive_requests 100000000;
                keepalive_timeout 300s;
                upstream provider {{
                    server 127.0.0.1:{self.bench.upstream.port};
                    keepalive 1024;
                    keepalive_requests 100000000;
                }}
                server {{
                    listen 127.0.0.1:{self.port};
                    listen 127.0.0.1:{self.secure_port} ssl;
                    ssl_certificate {self.bench.upstream.chain};
                    ssl_certificate_key {self.bench.upstream.key};
                    ssl_protocols TLSv1.2 TLSv1.3;
                    location / {{
                        proxy_pass https://provider;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host {PROVIDER};
                        proxy_buffering off;
                        proxy_request_buffering off;
                        proxy_ssl_server_name on;
                        proxy_ssl_name {PROVIDER};
                        proxy_ssl_verify on;
                        proxy_ssl_trusted_certificate {self.bench.upstream.authority};
                        proxy_ssl_protocols TLSv1.2 TLSv1.3;
                    }}
                }}
            }}
            """

    def way(self):
        return ["--mode", "plain", "--port", str(self.port)]


class SecureNginx(Nginx):
    """The same process by TLS, as an intercepting proxy is reached."""

    name = "nginx, TLS in"

    def __init__(self, bench, nginx):
        self.bench = bench
        self.nginx = nginx

    process = property(lambda self: self.nginx.process)

    def start(self):
        pass

    def way(self):
        return ["--mode", "direct", "--port", str(self.nginx.secure_port), "--ca", self.bench.upstream.authority]


class Mitmdump(Server):
    name = "mitmdump"
    start_count = 3
    #: Bodies are streamed, and every connection to the provider leads to the upstream.
    addon = """
def requestheaders(flow): flow.request.stream = True
def responseheaders(flow): flow.response.stream = True
def server_connect(data): data.server.address = ("127.0.0.1", PORT)
"""

    def command(self):
        program = self.bench.peers.mitmdump()
        with open(f"{self.folder}/addon.py", "w") as file:
            file.write(self.addon.replace("PORT", str(self.bench.upstream.port)))
        return [
            program, "-q", "--listen-host", "127.0.0.1", "-p", str(self.port), "-s", f"{self.folder}/addon.py",
            "--set", f"confdir={self.folder}", "--set", "http2=false", "--set", "flow_detail=0",
            "--set", f"ssl_verify_upstream_trusted_ca={self.bench.upstream.authority}",
        ]

    def way(self):
        return ["--mode", "connect", "--port", str(self.port), "--ca", f"{self.folder}/mitmproxy-ca-cert.pem"]
