(rule_set (selectors) @name) @definition.rule
(media_statement "@media" @name) @definition.media
(supports_statement "@supports" @name) @definition.supports
(keyframes_statement (keyframes_name) @name) @definition.keyframes
(at_rule (at_keyword) @name) @definition.at-rule
((declaration (property_name) @name) @definition.variable (#match? @name "^--"))

(declaration (plain_value) @name @reference.use)
