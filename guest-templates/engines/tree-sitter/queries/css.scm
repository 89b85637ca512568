(rule_set (selectors) @name) @definition.rule
(media_statement "@media" @name) @definition.media
(supports_statement "@supports" @name) @definition.supports
(scope_statement "@scope" @name) @definition.scope
(keyframes_statement (keyframes_name) @name) @definition.keyframes
(at_rule (at_keyword) @name) @definition.at-rule
((declaration (property_name) @name) @definition.variable (#match? @name "^--"))
; Called by the property that it declares.
((at_rule (at_keyword) @name) @definition.none (#eq? @name "@property"))
((at_rule (at_keyword) @_keyword . (keyword_query) @name) @definition.variable
  (#eq? @_keyword "@property"))

(declaration (plain_value) @name @reference.use)
