// The methods of `matrix` in AssemblyScript, on the older ABI.

import * as sdk from "../../../../guest-templates/assemblyscript/sdk";
import { Call, dispatch, method, methods, optional, required } from "./method";
import { answered, bytes, contained, found, listed, named, reversed, rooted, slice, utf8, words } from "./text";

export {
  skill_alloc,
  skill_describe,
  skill_free,
  skill_handle,
} from "../../../../guest-templates/assemblyscript/sdk";

method("echo", [required("message", "string")], (call: Call): void => {
  call.result.encode_str(call.text("message"));
});
method("reverse", [required("message", "string")], (call: Call): void => {
  call.result.encode_str(reversed(call.text("message")));
});
method("ping", [], (call: Call): void => {
  call.result.encode_str("pong");
});
method("count", [required("text", "string")], (call: Call): void => {
  call.result.encode_i64(words(call.text("text")));
});
method("half", [required("number", "number")], (call: Call): void => {
  call.result.encode_f64(call.float("number") / 2);
});
method("negate", [required("flag", "boolean")], (call: Call): void => {
  call.result.encode_bool(!call.flag("flag"));
});
method("fail", [required("text", "string")], (call: Call): void => {
  throw new Error(call.text("text"));
});
method("read_text", [required("path", "string")], (call: Call): void => {
  call.result.encode_str(utf8(sdk.fsRead(call.text("path"))));
});
method("measure", [required("path", "string")], (call: Call): void => {
  call.result.encode_i64(sdk.fsRead(call.text("path")).length);
});
method("write_text", [required("path", "string"), required("content", "string")], (call: Call): void => {
  sdk.fsWrite(call.text("path"), bytes(call.text("content")));
  call.result.encode_str("done");
});
method("make", [required("path", "string")], (call: Call): void => {
  sdk.fsMkdir(call.text("path"));
  call.result.encode_str("done");
});
method("names", [required("path", "string")], (call: Call): void => {
  call.result.encode_str(listed(sdk.fsLs(call.text("path")), false));
});
method("details", [required("path", "string")], (call: Call): void => {
  call.result.encode_str(listed(sdk.fsLs(call.text("path"), true), true));
});
method("lines_of", [required("path", "string"), optional("offset", "integer"), optional("limit", "integer")], (call: Call): void => {
  call.result.encode_str(slice(sdk.fsReadLines(call.text("path"), <i32>call.integer("offset"), <i32>call.integer("limit"))));
});
method("search", [required("pattern", "string"), required("path", "string")], (call: Call): void => {
  call.result.encode_str(found(sdk.fsGrep(call.text("pattern"), call.text("path"), false, false, true)));
});
method("find", [required("pattern", "string"), required("path", "string")], (call: Call): void => {
  call.result.encode_str(named(sdk.fsGlob([call.text("pattern")], call.text("path"))));
});
method("copy_file", [required("source", "string"), required("dest", "string")], (call: Call): void => {
  sdk.fsCopy(call.text("source"), call.text("dest"));
  call.result.encode_str("done");
});
method("remove_path", [required("path", "string")], (call: Call): void => {
  sdk.fsDelete(call.text("path"));
  call.result.encode_str("done");
});
method("set_mode", [required("path", "string"), required("mode", "integer")], (call: Call): void => {
  sdk.fsChmod(call.text("path"), <u32>call.integer("mode"));
  call.result.encode_str("done");
});
method("roots", [], (call: Call): void => {
  call.result.encode_str(rooted(sdk.fsAllowedDirs()));
});
method("variable", [required("key", "string")], (call: Call): void => {
  call.result.encode_str(sdk.getEnv(call.text("key")));
});
method("fetch", [required("url", "string")], (call: Call): void => {
  call.result.encode_str(answered(sdk.httpGet(call.text("url"))));
});
method("submit", [required("url", "string"), required("content", "string")], (call: Call): void => {
  call.result.encode_str(answered(sdk.httpPost(call.text("url"), bytes(call.text("content")), "text/plain")));
});
method("execute", [required("command", "string"), optional("directory", "string")], (call: Call): void => {
  const done = sdk.shellExec(call.text("command"), call.text("directory"));
  call.result.encode_str(done.exit_code.toString() + "\n" + done.output);
});
method("talk", [required("address", "string"), required("data", "string")], (call: Call): void => {
  const data = bytes(call.text("data"));
  call.result.encode_str(utf8(sdk.tcpRequest(call.text("address"), data, false, false, 2000, data.length)));
});
method("pack", [required("source", "string"), required("output", "string")], (call: Call): void => {
  call.result.encode_str(sdk.archivePack(call.text("source"), call.text("output"), "", ".git").files_count.toString());
});
method("unpack", [required("archive", "string"), required("dest", "string")], (call: Call): void => {
  call.result.encode_str(sdk.archiveUnpack(call.text("archive"), call.text("dest"), "", ".git").toString());
});
method("contents", [required("archive", "string")], (call: Call): void => {
  call.result.encode_str(contained(sdk.archiveList(call.text("archive"), "", ".git")));
});
method("hint", [required("text", "string")], (call: Call): void => {
  call.context.setLLMContext(call.text("text"));
  call.result.encode_str("done");
});
method("remember", [required("text", "string")], (call: Call): void => {
  call.context.setState(bytes(call.text("text")));
  call.result.encode_str("done");
});
method("recall", [], (call: Call): void => {
  call.result.encode_str(utf8(call.context.state));
});
method("machine", [], (call: Call): void => {
  call.result.encode_str(sdk.sysInfo().os);
});
method("clock", [], (call: Call): void => {
  call.result.encode_i64(sdk.timeNow().unix / 100000000);
});
method("disk", [required("path", "string")], (call: Call): void => {
  call.result.encode_bool(sdk.diskUsage(call.text("path")).total_bytes > 0);
});

sdk.setSkillIdentity(
  "ai.luminarys.legacy.assemblyscript",
  "Legacy AssemblyScript",
  "1.0.0",
  "The methods of matrix in AssemblyScript, on the older ABI.",
);
sdk.register(dispatch, methods);
