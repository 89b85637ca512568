(pair key: (string . (string_content) @name .)) @definition.key
; A key with escapes is in several parts, and an empty one has none: these keep their quotes.
(pair key: (string (escape_sequence)) @name) @definition.key
((pair key: (string) @name) @definition.key (#eq? @name "\"\""))
