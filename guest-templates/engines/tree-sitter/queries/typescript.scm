((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(method_definition name: (private_property_identifier) @name) @definition.method
(class_body (public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @definition.method)

(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(internal_module name: (identifier) @name) @definition.module
(abstract_class_declaration name: (type_identifier) @name) @definition.class

(type_identifier) @name @reference.type
(implements_clause (type_identifier) @name @reference.implementation)
(class_heritage (extends_clause value: (identifier) @name @reference.type))
