package sdk

// ClusterNodeInfo is a node of the cluster.
type ClusterNodeInfo struct {
	NodeID string `msgpack:"node_id"`
	Role   string `msgpack:"role"`
	// Skills are the ids of those that run there.
	Skills []string `msgpack:"skills"`
}

// ClusterNodeListResult is the cluster as this node knows it.
type ClusterNodeListResult struct {
	// CurrentNode is the id of the one this skill runs on.
	CurrentNode string            `msgpack:"current_node"`
	Nodes       []ClusterNodeInfo `msgpack:"nodes"`
	Error       string            `msgpack:"error,omitempty"`
}

// ClusterNodeList lists the nodes of the cluster.
func ClusterNodeList() (ClusterNodeListResult, error) {
	return call[ClusterNodeListResult](hostClusterNodeList, anything{})
}

// FileTransferSend copies a file of this node to another.
func FileTransferSend(targetNode, localPath, remotePath string) error {
	return perform(hostFileTransferSend, map[string]string{
		"target_node": targetNode,
		"local_path":  localPath,
		"remote_path": remotePath,
	})
}

// FileTransferRecv copies a file of another node to this one.
func FileTransferRecv(sourceNode, remotePath, localPath string) error {
	return perform(hostFileTransferRecv, map[string]string{
		"source_node": sourceNode,
		"remote_path": remotePath,
		"local_path":  localPath,
	})
}
