; What JavaScript and TypeScript have in common.
(lexical_declaration
  kind: "const"
  (variable_declarator name: [
    (identifier) @name
    (object_pattern [
      (shorthand_property_identifier_pattern) @name
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
      (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
      (rest_pattern (identifier) @name)
    ])
    (array_pattern [
      (identifier) @name
      (assignment_pattern left: (identifier) @name)
      (rest_pattern (identifier) @name)
    ])
  ]) @global.constant)
(lexical_declaration
  kind: "let"
  (variable_declarator name: [
    (identifier) @name
    (object_pattern [
      (shorthand_property_identifier_pattern) @name
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
      (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
      (rest_pattern (identifier) @name)
    ])
    (array_pattern [
      (identifier) @name
      (assignment_pattern left: (identifier) @name)
      (rest_pattern (identifier) @name)
    ])
  ]) @global.variable)
(variable_declaration
  (variable_declarator name: [
    (identifier) @name
    (object_pattern [
      (shorthand_property_identifier_pattern) @name
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
      (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
      (rest_pattern (identifier) @name)
    ])
    (array_pattern [
      (identifier) @name
      (assignment_pattern left: (identifier) @name)
      (rest_pattern (identifier) @name)
    ])
  ]) @global.variable)
[(statement_block) (class_static_block) (switch_body) (for_statement)] @scope

((variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)]) @definition.function)
((variable_declarator name: (identifier) @name value: (class)) @definition.class)

; What is exported without a name is imported as the default.
(export_statement "default" @name value: [(arrow_function) (function_expression !name) (generator_function !name)] @definition.function)
(export_statement "default" @name value: (class !name) @definition.class)
(export_statement "default" @name value: [(object) (array) (call_expression) (new_expression)] @definition.constant)

; Names that are no identifiers.
(method_definition name: [(number) (computed_property_name) (private_property_identifier)] @name) @definition.method
(method_definition name: (string . (string_fragment) @name .)) @definition.method
; With escapes it is in several parts, and empty in none: these keep their quotes.
((method_definition name: (string) @name) @definition.method (#match? @name "^(..|.*\\\\.*)$"))
(pair
  key: [(number) (computed_property_name) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(pair
  key: (string . (string_fragment) @name .)
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
