// Skills in AssemblyScript: everything that a skill, and the `lib.ts` that `lmsk generate` writes for it, imports.

export * from "./archive";
export * from "./cluster";
export * from "./commands";
export * from "./context";
export * from "./decoder";
export { MethodDesc, MethodParam, RequirementDesc, registerRequirements, setSkillIdentity } from "./describe";
export * from "./encoder";
export * from "./entrypoint";
export * from "./fs";
export { abiCall, checkError, emptyReq } from "./host";
export {
  HttpCookie,
  HttpHeader,
  HttpResponse,
  headersFromJSON,
  httpGet,
  httpPost,
  httpRequest,
} from "./http";
export { InvokeRequest, InvokeResponse, SkillHandler, errorResponse } from "./invoke";
export * from "./llm";
export * from "./shell";
export * from "./state";
export * from "./system";
export * from "./tcp";
export * from "./value";
export * from "./ws";
