((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(class_body (public_field_definition
  name: [(property_identifier) (private_property_identifier) (number) (computed_property_name)] @name
  value: [(arrow_function) (function_expression)]) @definition.method)
(class_body (public_field_definition
  name: (string . (string_fragment) @name .)
  value: [(arrow_function) (function_expression)]) @definition.method)
; Members that are declared, without a body.
(method_signature name: [(number) (computed_property_name) (private_property_identifier)] @name) @definition.method
(method_signature name: (string . (string_fragment) @name .)) @definition.method
(abstract_method_signature name: [(number) (computed_property_name)] @name) @definition.method
(abstract_method_signature name: (string . (string_fragment) @name .)) @definition.method

(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(internal_module name: [(identifier) (nested_identifier)] @name) @definition.module
(module name: [(identifier) (nested_identifier)] @name) @definition.module
(module name: (string . (string_fragment) @name .)) @definition.module
(ambient_declaration "global" @name (statement_block)) @definition.module
; What a module exports.
(_ body: (statement_block (export_statement
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant))))
(_ body: (statement_block (export_statement
  (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name) @definition.variable))))
(_ body: (statement_block (export_statement
  (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)]) @definition.function))))
(abstract_class_declaration name: (type_identifier) @name) @definition.class

(type_identifier) @name @reference.type
(implements_clause (type_identifier) @name @reference.implementation)
(class_heritage (extends_clause value: (identifier) @name @reference.type))
