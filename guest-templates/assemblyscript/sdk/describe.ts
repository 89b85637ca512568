// What the skill is.

import { Encoder } from "./encoder";

/** Of the library, as major·65536 + minor·256 + patch. */
const SDK_VERSION: i64 = 2 << 8;

/** A parameter of a method. */
export class MethodParam {
  name: string = "";
  description: string = "";
  /** `string`, `integer`, `number`, `boolean`, `bytes`, `object` or `array`. */
  type: string = "";
  required: bool = false;
}

/** A method. */
export class MethodDesc {
  name: string = "";
  description: string = "";
  params: MethodParam[] = [];
  /** Clients do not see it; skills may call it. */
  mcp_hidden: bool = false;
  /** Only the host and the skill itself call it. */
  private_callback: bool = false;
}

/** What the manifest must grant. */
export class RequirementDesc {
  /** `fs`, `http`, `tcp`, `ws`, `shell`, `llm`, `env` or `invoke`. */
  kind: string = "";
  pattern: string = "";
  /** Of `fs` alone: `ro` or `rw`. */
  mode: string = "";
}

let skillId: string = "";
let skillName: string = "";
let skillVersion: string = "";
let skillDescription: string = "";
let methods: MethodDesc[] = [];
let requirements: RequirementDesc[] = [];

/** Says what the skill is called: an id of three or more segments, a name, a version of three numbers, a sentence. */
export function setSkillIdentity(id: string, name: string, version: string, description: string): void {
  skillId = id;
  skillName = name;
  skillVersion = version;
  skillDescription = description;
}

/** Says what the manifest must grant. What was said before is forgotten. */
export function registerRequirements(reqs: RequirementDesc[]): void {
  requirements = reqs;
}

export function describeMethods(descriptions: MethodDesc[]): void {
  methods = descriptions;
}

export function encodeDescriptor(): Uint8Array {
  const out = new Encoder();
  out.encode_map_header(8);
  out.encode_str("version");
  out.encode_i64(1);
  out.encode_str("sdk_version");
  out.encode_i64(SDK_VERSION);
  text(out, "skill_id", skillId);
  text(out, "skill_name", skillName);
  text(out, "skill_version", skillVersion);
  text(out, "description", skillDescription);
  out.encode_str("methods");
  out.encode_array_header(methods.length);
  for (let index = 0; index < methods.length; index++) encodeMethod(out, methods[index]);
  out.encode_str("requirements");
  out.encode_array_header(requirements.length);
  for (let index = 0; index < requirements.length; index++) encodeRequirement(out, requirements[index]);
  return out.finish();
}

function encodeMethod(out: Encoder, method: MethodDesc): void {
  out.encode_map_header(5);
  text(out, "name", method.name);
  text(out, "description", method.description);
  flag(out, "mcp_hidden", method.mcp_hidden);
  flag(out, "private_callback", method.private_callback);
  out.encode_str("params");
  out.encode_array_header(method.params.length);
  for (let index = 0; index < method.params.length; index++) {
    const param = method.params[index];
    out.encode_map_header(4);
    text(out, "name", param.name);
    text(out, "type", param.type);
    text(out, "description", param.description);
    flag(out, "required", param.required);
  }
}

function encodeRequirement(out: Encoder, requirement: RequirementDesc): void {
  out.encode_map_header(3);
  text(out, "kind", requirement.kind);
  text(out, "pattern", requirement.pattern);
  text(out, "mode", requirement.mode);
}

function text(out: Encoder, key: string, value: string): void {
  out.encode_str(key);
  out.encode_str(value);
}

function flag(out: Encoder, key: string, value: bool): void {
  out.encode_str(key);
  out.encode_bool(value);
}
