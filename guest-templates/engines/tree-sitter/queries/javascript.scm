((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(method_definition name: (private_property_identifier) @name) @definition.method
(class_body (field_definition
  property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @definition.method)

(program [
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant)
  (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
  (export_statement (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant))
  (export_statement (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name) @definition.variable))
])
((variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)]) @definition.function)
((variable_declarator name: (identifier) @name value: (class)) @definition.class)

(class_heritage (identifier) @name @reference.type)
