// Skills in AssemblyScript. A skill says what it is, adds its methods, and re-exports the four functions that the host calls:
//
//   import { Call, method, required, skill } from "…/sdk";
//   export { skill_alloc, skill_free, skill_handle, skill_describe } from "…/sdk";
//
//   skill("ai.example.greeter", "Greeter", "1.0.0", "Greets.");
//   method("greet", "Greets somebody.", [required("name", "string")], (call) => {
//     call.result.text("Hello, " + call.text("name"));
//   });

export { skill_alloc, skill_describe, skill_free, skill_handle } from "./abi";
export { Call, Method, Parameter, method, optional, required } from "./call";
export { requires, skill } from "./describe";
export { Encoder, Kind, Value, decode } from "./msgpack";
