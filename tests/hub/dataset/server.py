"""A server on loopback that speaks as much of the Hugging Face Hub's protocol as its client needs for a data set.

Files are kept in memory. Faults can be planned: a status, a connection reset, an upload or download cut after some
bytes, an answer that gets lost, a server that says nothing.
"""

import base64
import hashlib
import json
import re
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import yaml  # type: ignore[import-untyped]

WRITER = "hf_WriterTokenThatNobodyMaySee"
READER = "hf_ReaderTokenThatNobodyMaySee"
HANGS = 60.0  # seconds that a hanging server holds a request
Kind = Literal["status", "reset", "cut_upload", "cut_download", "lost", "hang"]


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests of this method whose path matches."""

    kind: Kind
    method: str
    path: str
    times: int = 1
    skip: int = 0  # such requests that go well before
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"<html>bad gateway</html>"
    after: int = 0  # bytes until the cut
    first: Callable[[], None] = lambda: None  # done before


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    time: float
    method: str
    path: str
    authorization: str | None


@dataclass
class Commit:
    """A state of a data set: for each file its content, and whether it is kept by LFS."""

    oid: str
    title: str
    files: dict[str, tuple[bytes, bool]]


@dataclass
class Repo:
    """A data set."""

    private: bool
    commits: list[Commit]
    lfs: dict[str, bytes] = field(default_factory=dict)  # uploaded objects by SHA-256, committed or not

    @property
    def head(self) -> Commit:
        """The last commit."""
        return self.commits[-1]

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the last commit, but for the one the Hub itself adds."""
        return {name: content for name, (content, _) in self.head.files.items() if name != ".gitattributes"}

    def add(self, title: str, files: dict[str, tuple[bytes, bool]]) -> None:
        """Commit."""
        self.commits.append(Commit(secrets.token_hex(20), title, {**self.head.files, **files}))


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        self.status = status
        self.message = message
        self.headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})


def git_oid(content: bytes) -> str:
    """What git names a blob by."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class FakeHub:
    """The server. Start it with a ``with`` block; ``stop`` and ``start`` make an outage."""

    def __init__(self) -> None:
        self.tokens = {WRITER: "write", READER: "read"}
        self.repos: dict[str, Repo] = {}
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.page = 1000
        self.uploading = threading.Event()  # set when part of a body that gets cut or hangs was read
        self.release = threading.Event()  # ends a hang
        self.lock = threading.RLock()
        self.port = 0
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "FakeHub":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.stop()

    def start(self) -> None:
        """Listen, at the same port as before."""
        self._server = _Server(self, self.port)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and cut those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.cut_all()
            self._server.server_close()
            self._server = None

    def fail(self, kind: Kind, method: str, path: str, **more: Any) -> None:
        """Plan a fault."""
        self.faults.append(Fault(kind, method, path, **more))

    def count(self, method: str, path: str) -> int:
        """How many such requests came in."""
        return sum(seen.method == method and bool(re.search(path, seen.path)) for seen in self.seen)

    def make(self, name: str, *, private: bool = False) -> Repo:
        """Make a data set."""
        first = Commit(secrets.token_hex(20), "initial commit", {".gitattributes": (b"*.parquet lfs\n", False)})
        self.repos[name] = Repo(private, [first])
        return self.repos[name]

    def fault(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: FakeHub, port: int) -> None:
        self.hub = hub
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def cut_all(self) -> None:
        for connection in list(self.open):
            cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is no news here."""


def cut(connection: socket.socket) -> None:
    """Break a connection off."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no goodbye
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Cut(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _answer(self) -> None:
        hub = self.server.hub
        parts = urlsplit(self.path)
        self.route = unquote(parts.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        hub.seen.append(Seen(time.monotonic(), self.command, self.path, self.headers.get("Authorization")))
        fault = hub.fault(self.command, self.path)
        try:
            self._respond(hub, fault)
        except _Cut:
            self.close_connection = True
            cut(self.connection)

    def _respond(self, hub: FakeHub, fault: Fault | None) -> None:
        self.cut_after: int | None = None
        if fault is not None:
            fault.first()
            if fault.kind == "reset":
                raise _Cut
            if fault.kind == "cut_upload":
                self.rfile.read(fault.after)
                hub.uploading.set()
                raise _Cut
            if fault.kind == "hang":
                self.rfile.read(fault.after)
                hub.uploading.set()
                hub.release.wait(HANGS)
                raise _Cut
            if fault.kind == "cut_download":
                self.cut_after = fault.after
        self.body = self._read_body()
        if fault is not None and fault.kind == "status":
            self._send(fault.status, fault.body, {"Content-Type": "text/html", **fault.headers})
            return
        try:
            with hub.lock:
                status, content, headers = self._route(hub)
        except Refused as refused:
            status, content, headers = refused.status, json.dumps({"error": refused.message}).encode(), refused.headers
        if fault is not None and fault.kind == "lost":
            raise _Cut
        self._send(status, content, headers)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.cut_after is not None and len(content) > self.cut_after:
            self.wfile.write(content[: self.cut_after])
            self.wfile.flush()
            time.sleep(0.05)  # so that it arrives before the reset does
            raise _Cut
        self.wfile.write(content)

    # who asks

    def _role(self, hub: FakeHub) -> str | None:
        sent = self.headers.get("Authorization")
        if sent is None:
            return None
        if sent.removeprefix("Bearer ") not in hub.tokens:
            raise Refused(401, "Invalid credentials in Authorization header")
        return hub.tokens[sent.removeprefix("Bearer ")]

    def _repo(self, hub: FakeHub, name: str, *, write: bool = False) -> Repo:
        role = self._role(hub)
        repo = hub.repos.get(name)
        if repo is None or (repo.private and role is None):
            raise Refused(404 if role else 401, "Repository not found", "RepoNotFound")
        if write and role != "write":
            raise Refused(403 if role else 401, "You have no write access to this dataset")
        return repo

    # what is asked

    def _route(self, hub: FakeHub) -> tuple[int, bytes, dict[str, str]]:
        for method, pattern, answer in ROUTES:
            found = re.fullmatch(pattern, self.route)
            if found and self.command in method:
                given = answer(self, hub, *found.groups())
                return given if isinstance(given, tuple) else (200, json.dumps(given).encode(), {})
        raise Refused(404, f"{self.command} {self.route} is not served here")

    def whoami(self, hub: FakeHub) -> Any:
        if self._role(hub) is None:
            raise Refused(401, "Invalid username or password.")
        return {"type": "user", "name": "someone", "orgs": []}

    def create(self, hub: FakeHub) -> Any:
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        if self._role(hub) != "write":
            raise Refused(403, "You don't have the rights to create a dataset under this namespace")
        url = {"url": f"{hub.url}/datasets/{name}", "name": name}
        if name in hub.repos:
            return 409, json.dumps({"error": "You already created this dataset repo", **url}).encode(), {}
        hub.make(name, private=asked.get("visibility") == "private")
        return url

    def validate_yaml(self, hub: FakeHub) -> Any:
        found = re.match(r"---\n(.*?)\n---\n", json.loads(self.body)["content"], re.DOTALL)
        if found is None:
            return {"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]}
        try:
            facts = yaml.safe_load(found[1])
        except yaml.YAMLError as error:
            facts = {"license": str(error)}
        if not re.fullmatch(r"[a-z0-9.-]+", str(facts.get("license"))):
            return 400, json.dumps({"errors": [{"message": '"license" must be one of these'}]}).encode(), {}
        return {"errors": [], "warnings": []}

    def info(self, hub: FakeHub, name: str, revision: str | None = None) -> Any:
        repo = self._repo(hub, name)
        siblings = [{"rfilename": path} for path in sorted(repo.head.files)]
        facts = {"id": name, "sha": repo.head.oid, "private": repo.private, "siblings": siblings, "tags": []}
        return facts | {"disabled": False, "gated": False, "downloads": 0, "likes": 0}

    def tree(self, hub: FakeHub, name: str, revision: str, folder: str | None = None) -> Any:
        repo = self._repo(hub, name)
        inside = {path: kept for path, kept in repo.head.files.items() if not folder or path.startswith(f"{folder}/")}
        if folder and not inside:
            raise Refused(404, f"{folder} does not exist", "EntryNotFound")
        start = len(folder) + 1 if folder else 0
        folders = {
            path[: match.start()] for path in inside for match in re.finditer("/", path) if match.start() >= start
        }
        entries = [entry(path, *kept) for path, kept in inside.items()]
        entries += [{"type": "directory", "oid": git_oid(path.encode()), "size": 0, "path": path} for path in folders]
        if self.query.get("recursive", "false").lower() != "true":
            entries = [one for one in entries if "/" not in one["path"][start:]]
        entries.sort(key=lambda one: str(one["path"]))
        begin = int(self.query.get("cursor", "0"))
        headers = {}
        if begin + hub.page < len(entries):
            rest = f"recursive={self.query.get('recursive', 'false')}&cursor={begin + hub.page}"
            headers["Link"] = f'<{hub.url}{self.route}?{rest}>; rel="next"'
        return 200, json.dumps(entries[begin : begin + hub.page]).encode(), headers

    def paths_info(self, hub: FakeHub, name: str, revision: str) -> Any:
        files = self._repo(hub, name).head.files
        if self.headers.get("Content-Type", "").startswith("application/json"):
            asked = json.loads(self.body)["paths"]
        else:
            asked = parse_qs(self.body.decode()).get("paths", [])
        return [entry(path, *files[path]) for path in asked if path in files]

    def preupload(self, hub: FakeHub, name: str, revision: str) -> Any:
        repo = self._repo(hub, name, write=True)
        answers = []
        for file in json.loads(self.body)["files"]:
            path = file["path"]
            answer = {
                "path": path,
                "uploadMode": "lfs" if path.endswith(".parquet") else "regular",
                "shouldIgnore": False,
            }
            if path in repo.head.files:
                content, lfs = repo.head.files[path]
                answer["oid"] = hashlib.sha256(content).hexdigest() if lfs else git_oid(content)
            answers.append(answer)
        return {"files": answers}

    def lfs_batch(self, hub: FakeHub, name: str) -> Any:
        repo = self._repo(hub, name, write=True)
        objects = []
        for one in json.loads(self.body)["objects"]:
            here = f"{hub.url}/lfs/{name}/{one['oid']}"
            actions = {"upload": {"href": f"{here}?X-Signature=abc"}, "verify": {"href": f"{here}/verify"}}
            objects.append(one if one["oid"] in repo.lfs else {**one, "authenticated": True, "actions": actions})
        return {"transfer": "basic", "objects": objects}

    def lfs_put(self, hub: FakeHub, name: str, oid: str) -> Any:
        if self.query.get("X-Signature") != "abc" or hashlib.sha256(self.body).hexdigest() != oid:
            raise Refused(400, "the upload is not what was announced")
        hub.repos[name].lfs[oid] = self.body
        return {}

    def lfs_verify(self, hub: FakeHub, name: str, oid: str) -> Any:
        asked = json.loads(self.body)
        kept = self._repo(hub, name, write=True).lfs.get(asked["oid"])
        if kept is None or len(kept) != asked["size"]:
            raise Refused(404, "no such object")
        return {}

    def commit(self, hub: FakeHub, name: str, revision: str) -> Any:
        repo = self._repo(hub, name, write=True)
        lines = [json.loads(line) for line in self.body.splitlines()]
        header = lines[0]["value"]
        if header.get("parentCommit", repo.head.oid) != repo.head.oid:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        files: dict[str, tuple[bytes, bool]] = {}
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = (base64.b64decode(value["content"]), False)
            elif value["oid"] in repo.lfs:
                files[value["path"]] = (repo.lfs[value["oid"]], True)
            else:
                raise Refused(400, f"the object {value['oid']} was not uploaded")
        repo.add(header["summary"], files)
        url = f"{hub.url}/datasets/{name}/commit/{repo.head.oid}"
        return {"success": True, "commitOid": repo.head.oid, "commitUrl": url, "hookOutput": ""}

    def resolve(self, hub: FakeHub, name: str, revision: str, path: str) -> Any:
        repo = self._repo(hub, name)
        known = {"X-Repo-Commit": repo.head.oid}
        if path not in repo.head.files:
            raise Refused(404, "Entry not found", "EntryNotFound")
        content, lfs = repo.head.files[path]
        if not lfs:
            return self._range(content, {**known, "ETag": f'"{git_oid(content)}"'})
        oid = hashlib.sha256(content).hexdigest()
        where = f"http://localhost:{hub.port}/cdn/{name}/{oid}?X-Signature=abc"
        known |= {"X-Linked-ETag": f'"{oid}"', "X-Linked-Size": str(len(content)), "ETag": f'"{oid}"'}
        return 302, b"", {**known, "Location": where}

    def cdn(self, hub: FakeHub, name: str, oid: str) -> Any:
        contents = {hashlib.sha256(content).hexdigest(): content for content, _ in hub.repos[name].head.files.values()}
        if self.query.get("X-Signature") != "abc" or oid not in contents:
            raise Refused(403, "no such object, or the link has expired")
        return self._range(contents[oid], {"ETag": f'"{oid}"'})

    def _range(self, content: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **headers}
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found is None:
            return 200, content, headers
        start, end = int(found[1]), int(found[2] or len(content) - 1)
        part = content[start : end + 1]
        return 206, part, {**headers, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}


def entry(path: str, content: bytes, lfs: bool) -> dict[str, Any]:
    """A file in a listing."""
    plain = {"type": "file", "path": path, "size": len(content), "oid": git_oid(content)}
    if not lfs:
        return plain
    oid = hashlib.sha256(content).hexdigest()
    return plain | {"oid": git_oid(oid.encode()), "lfs": {"oid": oid, "size": len(content), "pointerSize": 130}}


NAME = r"([\w.-]+/[\w.-]+)"
ROUTES: list[tuple[tuple[str, ...], str, Callable[..., Any]]] = [
    (("GET",), r"/api/whoami-v2", _Handler.whoami),
    (("POST",), r"/api/repos/create", _Handler.create),
    (("POST",), r"/api/validate-yaml", _Handler.validate_yaml),
    (("GET",), rf"/api/datasets/{NAME}", _Handler.info),
    (("GET",), rf"/api/datasets/{NAME}/revision/([^/]+)", _Handler.info),
    (("GET",), rf"/api/datasets/{NAME}/tree/([^/]+)(?:/(.+))?", _Handler.tree),
    (("POST",), rf"/api/datasets/{NAME}/paths-info/([^/]+)", _Handler.paths_info),
    (("POST",), rf"/api/datasets/{NAME}/preupload/([^/]+)", _Handler.preupload),
    (("POST",), rf"/api/datasets/{NAME}/commit/([^/]+)", _Handler.commit),
    (("POST",), rf"/datasets/{NAME}\.git/info/lfs/objects/batch", _Handler.lfs_batch),
    (("PUT",), rf"/lfs/{NAME}/([0-9a-f]+)", _Handler.lfs_put),
    (("POST",), rf"/lfs/{NAME}/([0-9a-f]+)/verify", _Handler.lfs_verify),
    (("GET", "HEAD"), rf"/datasets/{NAME}/resolve/([^/]+)/(.+)", _Handler.resolve),
    (("GET", "HEAD"), rf"/cdn/{NAME}/([0-9a-f]+)", _Handler.cdn),
]
