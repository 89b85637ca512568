// The methods of `matrix` in AssemblyScript, on the older ABI.

import { Call, method, optional, required, skill } from "../../../../guest-templates/assemblyscript/sdk";
import * as host from "../../../../guest-templates/assemblyscript/sdk/host";
import { answered, bytes, contained, found, listed, named, path, reversed, rooted, slice, utf8, words } from "./text";

export {
  skill_alloc,
  skill_describe,
  skill_free,
  skill_handle,
} from "../../../../guest-templates/assemblyscript/sdk";

skill("ai.luminarys.legacy.assemblyscript", "Legacy AssemblyScript", "1.0.0", "The methods of matrix in AssemblyScript, on the older ABI.");

method("echo", "Method echo.", [required("message", "string")], (call: Call): void => {
  call.result.text(call.text("message"));
});
method("reverse", "Method reverse.", [required("message", "string")], (call: Call): void => {
  call.result.text(reversed(call.text("message")));
});
method("ping", "Method ping.", [], (call: Call): void => {
  call.result.text("pong");
});
method("count", "Method count.", [required("text", "string")], (call: Call): void => {
  call.result.integer(words(call.text("text")));
});
method("half", "Method half.", [required("number", "number")], (call: Call): void => {
  call.result.float(call.float("number") / 2);
});
method("negate", "Method negate.", [required("flag", "boolean")], (call: Call): void => {
  call.result.flag(!call.flag("flag"));
});
method("fail", "Method fail.", [required("text", "string")], (call: Call): void => {
  throw new Error(call.text("text"));
});
method("read_text", "Method read_text.", [required("path", "string")], (call: Call): void => {
  call.result.text(utf8(host.fsRead(path(call)).field("content")));
});
method("measure", "Method measure.", [required("path", "string")], (call: Call): void => {
  call.result.integer(host.fsRead(path(call)).field("content").content.length);
});
method("write_text", "Method write_text.", [required("path", "string"), required("content", "string")], (call: Call): void => {
  host.fsWrite(host.fields(2).text("path").text(call.text("path")).text("content").bytes(bytes(call.text("content"))));
  call.result.text("done");
});
method("make", "Method make.", [required("path", "string")], (call: Call): void => {
  host.fsMkdir(path(call));
  call.result.text("done");
});
method("names", "Method names.", [required("path", "string")], (call: Call): void => {
  call.result.text(listed(host.fsLs(host.fields(2).text("path").text(call.text("path")).text("long").flag(false)), false));
});
method("details", "Method details.", [required("path", "string")], (call: Call): void => {
  call.result.text(listed(host.fsLs(host.fields(2).text("path").text(call.text("path")).text("long").flag(true)), true));
});
method("lines_of", "Method lines_of.", [required("path", "string"), optional("offset", "integer"), optional("limit", "integer")], (call: Call): void => {
  call.result.text(slice(host.fsReadLines(host.fields(3).text("path").text(call.text("path")).text("offset").integer(call.integer("offset")).text("limit").integer(call.integer("limit")))));
});
method("search", "Method search.", [required("pattern", "string"), required("path", "string")], (call: Call): void => {
  call.result.text(found(host.fsGrep(host.fields(3).text("pattern").text(call.text("pattern")).text("path").text(call.text("path")).text("with_lines").flag(true))));
});
method("find", "Method find.", [required("pattern", "string"), required("path", "string")], (call: Call): void => {
  call.result.text(named(host.fsGlob(host.fields(2).text("patterns").array(1).text(call.text("pattern")).text("path").text(call.text("path")))));
});
method("copy_file", "Method copy_file.", [required("source", "string"), required("dest", "string")], (call: Call): void => {
  host.fsCopy(host.fields(2).text("source").text(call.text("source")).text("dest").text(call.text("dest")));
  call.result.text("done");
});
method("remove_path", "Method remove_path.", [required("path", "string")], (call: Call): void => {
  host.fsDelete(path(call));
  call.result.text("done");
});
method("set_mode", "Method set_mode.", [required("path", "string"), required("mode", "integer")], (call: Call): void => {
  host.fsChmod(host.fields(3).text("path").text(call.text("path")).text("mode").integer(call.integer("mode")).text("recursive").flag(false));
  call.result.text("done");
});
method("roots", "Method roots.", [], (call: Call): void => {
  call.result.text(rooted(host.fsAllowedDirs(host.fields(0))));
});
method("variable", "Method variable.", [required("key", "string")], (call: Call): void => {
  call.result.text(host.envGet(host.fields(1).text("key").text(call.text("key"))).field("value").text());
});
method("fetch", "Method fetch.", [required("url", "string")], (call: Call): void => {
  call.result.text(answered(host.httpGet(host.fields(1).text("url").text(call.text("url")))));
});
method("submit", "Method submit.", [required("url", "string"), required("content", "string")], (call: Call): void => {
  call.result.text(answered(host.httpPost(host.fields(3).text("url").text(call.text("url")).text("body").bytes(bytes(call.text("content"))).text("content_type").text("text/plain"))));
});
method("execute", "Method execute.", [required("command", "string"), optional("directory", "string")], (call: Call): void => {
  const done = host.shellExec(host.fields(2).text("command").text(call.text("command")).text("workdir").text(call.text("directory")));
  call.result.text(done.field("exit_code").integer().toString() + "\n" + done.field("output").text());
});
method("talk", "Method talk.", [required("address", "string"), required("data", "string")], (call: Call): void => {
  const data = bytes(call.text("data"));
  const request = host.fields(4).text("addr").text(call.text("address")).text("data").bytes(data);
  request.text("max_bytes").integer(data.length).text("timeout_ms").integer(2000);
  call.result.text(utf8(host.tcpRequest(request).field("data")));
});
method("pack", "Method pack.", [required("source", "string"), required("output", "string")], (call: Call): void => {
  const done = host.archivePack(host.fields(3).text("source").text(call.text("source")).text("output").text(call.text("output")).text("exclude").text(".git"));
  call.result.text(done.field("files_count").integer().toString());
});
method("unpack", "Method unpack.", [required("archive", "string"), required("dest", "string")], (call: Call): void => {
  const done = host.archiveUnpack(host.fields(3).text("archive").text(call.text("archive")).text("dest").text(call.text("dest")).text("exclude").text(".git"));
  call.result.text(done.field("files_count").integer().toString());
});
method("contents", "Method contents.", [required("archive", "string")], (call: Call): void => {
  call.result.text(contained(host.archiveList(host.fields(2).text("archive").text(call.text("archive")).text("exclude").text(".git"))));
});
method("hint", "Method hint.", [required("text", "string")], (call: Call): void => {
  call.hint = call.text("text");
  call.result.text("done");
});
method("remember", "Method remember.", [required("text", "string")], (call: Call): void => {
  call.newState = bytes(call.text("text"));
  call.result.text("done");
});
method("recall", "Method recall.", [], (call: Call): void => {
  call.result.text(String.UTF8.decodeUnsafe(call.state.dataStart, call.state.length));
});
method("machine", "Method machine.", [], (call: Call): void => {
  call.result.text(host.sysInfo(host.fields(0)).field("os").text());
});
method("clock", "Method clock.", [], (call: Call): void => {
  call.result.integer(host.timeNow(host.fields(0)).field("unix").integer() / 100000000);
});
method("disk", "Method disk.", [required("path", "string")], (call: Call): void => {
  call.result.flag(host.diskUsage(path(call)).field("total_bytes").integer() > 0);
});
