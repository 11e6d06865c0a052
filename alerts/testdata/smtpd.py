"""A mail server for one test: STARTTLS and a login before mail, which it prints.

Arguments: certificate, key, user, password. The first line of its output is its
port; every mail follows as one line of JSON.
"""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

certificate, key, user, password = sys.argv[1:5]


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "raw": envelope.content.decode()}), flush=True)
        return "250 2.0.0 queued"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == user.encode() and data.password == password.encode(), handled=False)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Box(), hostname="mail.example", tls_context=context, require_starttls=True, auth_required=True, authenticator=login, loop=loop),
        "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
