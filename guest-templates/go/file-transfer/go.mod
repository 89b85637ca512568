module luminarys.example/go-file-transfer

go 1.24

require (
	github.com/LuminarysAI/sdk-go v0.2.0
	github.com/vmihailenco/msgpack/v5 v5.4.1
)

require github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect

replace github.com/LuminarysAI/sdk-go => ../sdk
