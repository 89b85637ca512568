((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(method_definition name: (private_property_identifier) @name) @definition.method
(class_body (field_definition
  property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @definition.method)

(class_heritage (identifier) @name @reference.type)
