// Other nodes, and files between them as `permissions.file_transfer` allows.

import { Request, texts } from "./host";
import * as env from "./imports";

/** Sends a file to another node. */
export function fileTransferSend(targetNode: string, localPath: string, remotePath: string): void {
  const request = new Request().text("target_node", targetNode).text("local_path", localPath);
  request.text("remote_path", remotePath).send(env.file_transfer_send, "file_transfer_send");
}

/** Fetches a file from another node. */
export function fileTransferRecv(sourceNode: string, remotePath: string, localPath: string): void {
  const request = new Request().text("source_node", sourceNode).text("remote_path", remotePath);
  request.text("local_path", localPath).send(env.file_transfer_recv, "file_transfer_recv");
}

export class ClusterNodeInfo {
  node_id: string = "";
  role: string = "";
  skills: string[] = [];
}

export class ClusterNodeListResult {
  /** The node on which the skill runs. */
  current_node: string = "";
  nodes: ClusterNodeInfo[] = [];
}

/** The nodes that there are. */
export function clusterNodeList(): ClusterNodeListResult {
  const reply = new Request().send(env.cluster_node_list, "cluster_node_list");
  const made = new ClusterNodeListResult();
  made.current_node = reply.getField("current_node").getStr();
  const nodes = reply.getField("nodes");
  for (let index = 0; index < nodes.getArrayLen(); index++) {
    const node = new ClusterNodeInfo();
    node.node_id = nodes.getIndex(index).getField("node_id").getStr();
    node.role = nodes.getIndex(index).getField("role").getStr();
    node.skills = texts(nodes.getIndex(index).getField("skills"));
    made.nodes.push(node);
  }
  return made;
}
