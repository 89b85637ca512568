(constructor_declaration name: (identifier) @name) @definition.constructor
(compact_constructor_declaration name: (identifier) @name) @definition.constructor
(enum_declaration name: (identifier) @name) @definition.enum
(record_declaration name: (identifier) @name) @definition.record
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @name) @definition.field))
(annotation_type_declaration name: (identifier) @name) @definition.interface
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(enum_constant name: (identifier) @name) @definition.constant
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.constant
(module_declaration name: (_) @name) @definition.module

(type_identifier) @name @reference.type
(superclass (type_identifier) @name @reference.type)
(super_interfaces (type_list (type_identifier) @name @reference.implementation))
(object_creation_expression type: (type_identifier) @name) @reference.call
(method_reference (identifier) @name .) @reference.call
