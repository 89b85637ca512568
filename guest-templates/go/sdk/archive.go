package sdk

// ArchivePackResult is what was packed.
type ArchivePackResult struct {
	FilesCount int    `msgpack:"files_count"`
	Format     string `msgpack:"format"`
	Error      string `msgpack:"error,omitempty"`
}

// ArchivePack packs the directory source into the file output. The format is tar.gz, which it is when empty, or zip;
// exclude has globs, separated by commas, of what is left out.
func ArchivePack(source, output, format, exclude string) (ArchivePackResult, error) {
	return call[ArchivePackResult](hostArchivePack, map[string]string{
		"source":  source,
		"output":  output,
		"format":  format,
		"exclude": exclude,
	})
}

// ArchiveUnpackResult is what was unpacked.
type ArchiveUnpackResult struct {
	FilesCount int    `msgpack:"files_count"`
	Error      string `msgpack:"error,omitempty"`
}

// ArchiveUnpack unpacks an archive into the directory dest, with the first strip parts of every name left out. An empty
// format is found by the archive's name; exclude is as in [ArchivePack].
func ArchiveUnpack(archive, dest, format, exclude string, strip int) (ArchiveUnpackResult, error) {
	return call[ArchiveUnpackResult](hostArchiveUnpack, map[string]interface{}{
		"archive": archive,
		"dest":    dest,
		"format":  format,
		"exclude": exclude,
		"strip":   strip,
	})
}

// ArchiveListEntry is what stands in an archive.
type ArchiveListEntry struct {
	Name  string `msgpack:"name"`
	Size  int64  `msgpack:"size"`
	IsDir bool   `msgpack:"is_dir"`
}

// ArchiveList lists an archive; format and exclude are as in [ArchiveUnpack].
func ArchiveList(archivePath, format, exclude string) ([]ArchiveListEntry, error) {
	reply, err := call[struct {
		Entries []ArchiveListEntry `msgpack:"entries"`
	}](hostArchiveList, map[string]string{"archive": archivePath, "format": format, "exclude": exclude})
	return reply.Entries, err
}
