(struct_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(union_item name: (type_identifier) @name) @definition.union
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(trait_item name: (type_identifier) @name) @definition.trait
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(trait_item body: (declaration_list (function_signature_item name: (identifier) @name) @definition.method))
(foreign_mod_item body: (declaration_list (function_signature_item name: (identifier) @name) @definition.function))
(mod_item body: (declaration_list (function_item name: (identifier) @name) @definition.function))

(impl_item type: [
  (type_identifier) @name
  (generic_type type: (type_identifier) @name)
  (generic_type type: (scoped_type_identifier name: (type_identifier) @name))
  (scoped_type_identifier name: (type_identifier) @name)
  (reference_type type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)
  ])
]) @definition.impl
; Types without a name of their own are called as they are written.
(impl_item type: [
  (primitive_type)
  (array_type)
  (tuple_type)
  (unit_type)
  (pointer_type)
  (dynamic_type)
  (function_type)
  (never_type)
] @name) @definition.impl
(impl_item type: (reference_type type: [
  (primitive_type)
  (array_type)
  (tuple_type)
  (pointer_type)
  (dynamic_type)
] @name)) @definition.impl

(call_expression function: (scoped_identifier name: (identifier) @name)) @reference.call
(call_expression function: (generic_function function: [
  (identifier) @name
  (scoped_identifier name: (identifier) @name)
  (field_expression field: (field_identifier) @name)
])) @reference.call
(type_identifier) @name @reference.type
(impl_item trait: (type_identifier) @name) @reference.implementation
(impl_item trait: (generic_type type: (type_identifier) @name)) @reference.implementation
