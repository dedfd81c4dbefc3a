"""A mail server on loopback that stores mails, and whose replies a test can set."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition, Event, Thread

SECONDS = 60
ACCEPTED = {
    "EHLO": "250 localhost",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "RSET": "250 ok",
    # The reply to the text that follows DATA.
    "TEXT": "250 taken",
    "QUIT": "221 bye",
}


class MailServer(socketserver.ThreadingTCPServer):
    """The server: `mails` has the accepted mails by recipient; `replies` are its replies."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    # Many senders connect at once.
    request_queue_size = 100

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.mails: list[tuple[str, EmailMessage]] = []
        self.replies = dict(ACCEPTED)
        self.connections = 0
        self.is_connected, self.may_greet = Event(), Event()
        self.may_greet.set()
        self._changed = Condition()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Return the EMAIL_URL of a client."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return sorted(recipient for recipient, _ in self.mails)

    def take(self, recipient: str, text: bytes) -> None:
        mail = message_from_bytes(text, policy=policy.default)
        with self._changed:
            self.mails.append((recipient, mail))
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until this number of mails was accepted."""
        with self._changed:
            has_come = self._changed.wait_for(lambda: len(self.mails) >= count, SECONDS)
        assert has_come, f"{len(self.mails)} of {count} mails have come"


class _Conversation(socketserver.StreamRequestHandler):
    """One connection (RFC 5321)."""

    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self.server.is_connected.set()
        self.server.may_greet.wait(SECONDS)
        self._say("220 localhost")
        recipient = ""
        while line := self.rfile.readline():
            verb = line[:4].decode().upper()
            if verb == "RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            reply = self.server.replies.get(verb, "502 unknown")
            if reply == "hang up":
                return
            self._say(reply)
            if verb == "DATA" and reply.startswith("354"):
                self._take(recipient)
            if verb == "QUIT":
                return

    def _take(self, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        reply = self.server.replies["TEXT"]
        if reply.startswith("250"):
            self.server.take(recipient, b"".join(lines))
        self._say(reply)

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """Run a mail server at the given port, or at a free one."""
    with MailServer(port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.may_greet.set()
            server.shutdown()
            thread.join()
