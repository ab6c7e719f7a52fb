"""A server of one's own that answers as the Hugging Face hub does what pushing and pulling ask of it."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def commit_of(files):
    """The name of a repository's state: another one after each change."""
    return hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Repositories as folders of files in memory."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, content=b"", **headers):
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status, code):
        self.answer(status, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self):
        repositories, path, body = self.server.repositories, self.path.partition("?")[0], self.body()
        if self.headers.get("Authorization") != "Bearer hf_token":
            self.refuse(401, "Unauthorized")
        elif path == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(filter(None, (asked.get("organization"), asked["name"])))
            if name in repositories:
                self.answer(409, {"url": f"{self.server.address}/{name}"})
                return
            repositories[name] = {}
            self.server.private[name] = asked.get("private") or asked.get("visibility") == "private"
            self.answer(200, {"url": f"{self.server.address}/{name}", "name": name})
        elif match := re.fullmatch("/api/models/(.+/.+)/preupload/main", path):
            kept = {"uploadMode": "regular", "shouldIgnore": False}
            self.answer(200, {"files": [{"path": file["path"], **kept} for file in json.loads(body)["files"]]})
        elif match := re.fullmatch("/api/models/(.+/.+)/commit/main", path):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    repositories[match[1]][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            commit = commit_of(repositories[match[1]])
            self.answer(200, {"commitUrl": f"{self.server.address}/{match[1]}/commit/{commit}", "commitOid": commit})
        else:
            self.server.unknown.append(self.path)
            self.answer(200, {})

    def do_GET(self):
        repositories, path = self.server.repositories, self.path.partition("?")[0]
        self.server.asked.append(path)
        if match := re.fullmatch("/(.+/.+)/resolve/[^/]+/(.+)", path):
            if match[1] not in repositories:
                self.refuse(404, "RepoNotFound")
            elif match[2] not in repositories[match[1]]:
                self.refuse(404, "EntryNotFound")
            else:
                content = repositories[match[1]][match[2]]
                digest = hashlib.sha256(content).hexdigest()
                self.answer(200, content, ETag=f'"{digest}"', X_Repo_Commit=commit_of(repositories[match[1]]))
        elif match := re.fullmatch("/api/models/([^/]+/[^/]+)(/revision/[^/]+)?", path):
            if match[1] not in repositories:
                self.refuse(404, "RepoNotFound")
                return
            files = [{"rfilename": name} for name in repositories[match[1]]]
            self.answer(
                200,
                {
                    "id": match[1],
                    "sha": commit_of(repositories[match[1]]),
                    "siblings": files,
                    "private": False,
                    "tags": [],
                },
            )
        elif match := re.fullmatch("/api/models/([^/]+/[^/]+)/tree/[^/]+", path):
            files = repositories[match[1]].items()
            blobs = [{"path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()} for name, data in files]
            self.answer(200, [{"type": "file", **blob} for blob in blobs])
        else:
            self.server.unknown.append(self.path)
            self.refuse(404, "RepoNotFound")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@contextmanager
def stand_in():
    """The server, with what it holds and was asked for, while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.repositories, server.private, server.asked, server.unknown = {}, {}, [], []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
