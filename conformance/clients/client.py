"""The official Python SDK's client with its own OAuth: from nothing but the server's address to a call.

python client.py URL [SCOPE]    prints what came of it as JSON
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urljoin, urlparse

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from mcp.shared.exceptions import MCPError

CALLBACK = "http://127.0.0.1:1/callback"


class Kept(TokenStorage):
    def __init__(self):
        self.steps, self.tokens, self.client, self.answer = [], None, None, None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.steps.append("token")
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.steps.append("registered")
        self.client = client_info

    async def browse(self, address):
        """Goes where a browser would, with its cookies, until the server sends it back with a code."""
        asked = parse_qs(urlparse(address).query)
        scope = asked.get("scope", ["null"])[0]
        self.steps.append(f"authorize scope={scope} pkce={asked['code_challenge_method'][0]}")
        async with httpx2.AsyncClient() as browser:
            for _ in range(20):
                answer = await browser.get(address, follow_redirects=False)
                if "location" not in answer.headers:
                    raise RuntimeError(f"{address} answered {answer.status_code}: {answer.text}")
                address = urljoin(address, answer.headers["location"])
                if address.startswith(CALLBACK):
                    self.answer = parse_qs(urlparse(address).query)
                    return
        raise RuntimeError("it goes round in circles")

    async def code(self):
        return AuthorizationCodeResult(**{name: values[0] for name, values in self.answer.items()})


async def main(url, scope=None):
    kept = Kept()
    metadata = OAuthClientMetadata(
        client_name="conformance",
        redirect_uris=[CALLBACK],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
        scope=scope,
    )
    auth = OAuthClientProvider(url, metadata, kept, redirect_handler=kept.browse, callback_handler=kept.code)
    async with httpx2.AsyncClient(auth=auth, timeout=30) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            called = await client.call_tool(next(name for name in names if name.endswith("ping")), {})
            try:
                await client.call_tool("none", {})
                hidden = "called"
            except MCPError as error:
                hidden = str(error)
    print(json.dumps({
        "steps": kept.steps,
        "tools": names,
        "text": called.content[0].text,
        "hidden": hidden,
        "token": kept.tokens.access_token,
    }))


asyncio.run(main(*sys.argv[1:]))
