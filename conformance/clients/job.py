"""The job of tests/serving/real_clients by the official Python SDK's client: prints what it found, a JSON line a step.

python job.py JOB    JOB as JSON: protocol, message, and url and token or command, args and cwd
"""

import asyncio
import json
import sys

import anyio
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ToolListChangedNotification


def report(step, **found):
    print(json.dumps({"step": step, **found}), flush=True)


def result(answer):
    return {
        "texts": [block.text for block in answer.content if block.type == "text"],
        "links": [str(block.uri) for block in answer.content if block.type == "resource_link"],
        "structured": answer.structured_content,
        "failed": bool(answer.is_error),
    }


async def names(client):
    return [tool.name for tool in (await client.list_tools()).tools]


async def change(client, told):
    """Waits until the server says that the tools changed, and lists them anew."""
    if client.protocol_version == "2026-07-28":
        async with client.listen(tools_list_changed=True) as changes:
            report("listening")
            async for _ in changes:
                return await names(client)
    report("listening")
    await told.wait()
    return await names(client)


async def endless(client):
    """Starts a call that does not end, and gives it up when it has said something."""
    with anyio.CancelScope() as scope:

        async def enough(progress, total, message):
            scope.cancel()

        arguments = {"steps": 4_000_000_000, "pause_ms": 20}
        await client.call_tool("probe_progress", arguments, progress_callback=enough)
    return "cancelled" if scope.cancelled_caught else "answered"


async def work(client, told, message):
    report("connected", server=client.server_info.name, protocol=client.protocol_version)
    tools = (await client.list_tools()).tools
    report("tools", tools=[tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools])
    report("text", **result(await client.call_tool("echo_echo", {"message": "hé"})))
    record = {"value": {"name": "Ada", "age": 36, "tags": ["x"]}}
    report("structured", **result(await client.call_tool("probe_id_record", record)))
    report("denied", **result(await client.call_tool("fs_read", {"path": "/etc/passwd"})))

    reports, running = [], True

    async def progress(progress, total, message):
        if running:
            reports.append(message)

    await client.call_tool("probe_progress", {"steps": 3, "pause_ms": 80}, progress_callback=progress)
    running = False
    report("progress", reports=reports)

    report("cancelled", given=await endless(client))
    # Its instance takes one call at a time: this one is answered only because the other has ended.
    report("after", **result(await client.call_tool("probe_which", {"first": "next"})))

    report("changed", tools=await change(client, told))
    report("new", **result(await client.call_tool("second_ping", {})))

    long = result(await client.call_tool("echo_echo", {"message": message}))
    parts, uri = [], long["links"][0]
    while uri:
        contents = (await client.read_resource(uri)).contents
        parts.append(contents[0].text)
        uri = str(contents[1].uri) if len(contents) > 1 else None
    listed = len((await client.list_resources()).resources)
    report("oversized", **long, parts=parts, listed=listed)


async def main(job):
    told = anyio.Event()

    async def heard(message):
        if isinstance(message, ToolListChangedNotification):
            told.set()

    mode = job["protocol"] if job["protocol"] == "2026-07-28" else "legacy"
    if "command" in job:
        server = StdioServerParameters(
            command=job["command"], args=job["args"], cwd=job["cwd"], env={"HOME": job["cwd"]}
        )
        async with Client(server, mode="auto" if mode != "legacy" else mode, message_handler=heard) as client:
            await work(client, told, job["message"])
        return
    headers = {"authorization": f"Bearer {job['token']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(job["url"], http_client=http)
        async with Client(transport, mode="auto" if mode != "legacy" else mode, message_handler=heard) as client:
            await work(client, told, job["message"])


asyncio.run(main(json.loads(sys.argv[1])))
