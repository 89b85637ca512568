// What the skill is.

import { methods } from "./call";
import { Encoder } from "./msgpack";

class Identity {
  id: string = "";
  name: string = "";
  version: string = "";
  description: string = "";
  requirements: string[][] = [];
}

const identity = new Identity();

/** Says what the skill is called: an id of three or more segments, a name, a version of three numbers, a sentence. */
export function skill(id: string, name: string, version: string, description: string): void {
  identity.id = id;
  identity.name = name;
  identity.version = version;
  identity.description = description;
}

/** Says what the manifest must grant: `requires("fs", "/data/**", "rw")`, `requires("shell", "git **")`. */
export function requires(kind: string, pattern: string, mode: string = ""): void {
  identity.requirements.push([kind, pattern, mode]);
}

export function describe(): Uint8Array {
  const out = new Encoder();
  out.map(8).text("version").integer(1);
  out.text("skill_id").text(identity.id).text("skill_name").text(identity.name);
  out.text("skill_version").text(identity.version).text("description").text(identity.description);
  out.text("sdk_version").integer(512);
  out.text("methods").array(methods.length);
  for (let index = 0; index < methods.length; index++) {
    const method = methods[index];
    out.map(3).text("name").text(method.name).text("description").text(method.description);
    out.text("params").array(method.parameters.length);
    for (let at = 0; at < method.parameters.length; at++) {
      const parameter = method.parameters[at];
      out.map(4).text("name").text(parameter.name).text("type").text(parameter.type);
      out.text("description").text(parameter.description).text("required").flag(parameter.required);
    }
  }
  out.text("requirements").array(identity.requirements.length);
  for (let index = 0; index < identity.requirements.length; index++) {
    const requirement = identity.requirements[index];
    out.map(3).text("kind").text(requirement[0]).text("pattern").text(requirement[1]).text("mode").text(requirement[2]);
  }
  return out.finish();
}
