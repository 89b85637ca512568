; What JavaScript and TypeScript have in common.
(program [
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant)
  (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
  (export_statement (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant))
  (export_statement (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name) @definition.variable))
])
((variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)]) @definition.function)
((variable_declarator name: (identifier) @name value: (class)) @definition.class)
