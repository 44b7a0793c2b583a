# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What the harness needs of the machine: processes, ports, certificates, facts."""
import os
import platform
import re
import shutil
import socket
import subprocess
import time


class Skip(Exception):
    """A peer cannot be had; the message says why."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_listening(port, process, seconds=30.0):
    """Returns the instant (time.perf_counter) at which a connection was first accepted."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return time.perf_counter()
        if process.poll() is not None:
            raise RuntimeError(f"a server ended with status {process.returncode} before it listened")
        time.sleep(0.0002)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


def family(pid):
    """The process and its descendants."""
    found = [pid]
    for parent in found:
        try:
            with open(f"/proc/{parent}/task/{parent}/children") as file:
                found += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def cpu_nanoseconds(pid):
    """Time on a CPU of all threads of a process and its descendants."""
    total = 0
    for member in family(pid):
        try:
            for thread in os.listdir(f"/proc/{member}/task"):
                with open(f"/proc/{member}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
        except OSError:
            pass
    return total


def settled_cpu_nanoseconds(pid, seconds=30.0):
    """As cpu_nanoseconds, once the process has come to rest."""
    end = time.monotonic() + seconds
    last = cpu_nanoseconds(pid)
    while time.monotonic() < end:
        time.sleep(0.06)
        now = cpu_nanoseconds(pid)
        if now - last < 3_000_000:
            return now
        last = now
    return last


def resident_kibibytes(pid):
    total = 0
    for member in family(pid):
        with open(f"/proc/{member}/status") as file:
            match = re.search(r"VmRSS:\s+(\d+) kB", file.read())
        total += int(match.group(1)) if match else 0
    return total


def stop(process, seconds=20):
    """Ends a process politely, or else at once."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def make_certificates(folder):
    """A throw-away authority and a leaf for the provider's name; returns the paths of authority, chain and key."""
    if shutil.which("openssl") is None:
        raise SystemExit("Benchmarks/run: openssl is not installed; it makes the upstream's certificate.")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Benchmark CA")
    openssl("req", *curve, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=api.openai.com")
    with open(f"{folder}/leaf.ext", "w") as file:
        file.write("subjectAltName=DNS:api.openai.com\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl(
        "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "leaf.ext", "-out", "leaf.pem")
    return f"{folder}/ca.pem", f"{folder}/leaf.pem", f"{folder}/leaf.key"


def machine_facts():
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = re.search(r"model name\s*:\s*(.+)", file.read()).group(1)
    except (OSError, AttributeError):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", swift)
    return [
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB",
        f"{platform.system()} {platform.release().split('-')[0]}, Swift {version.group(1) if version else '?'}",
        f"load average at the start {os.getloadavg()[0]:.2f}",
    ]
