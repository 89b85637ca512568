((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(class_body (field_definition
  property: [(property_identifier) (private_property_identifier) (number) (computed_property_name)] @name
  value: [(arrow_function) (function_expression)]) @definition.method)
(class_body (field_definition
  property: (string . (string_fragment) @name .)
  value: [(arrow_function) (function_expression)]) @definition.method)

(class_heritage (identifier) @name @reference.type)
