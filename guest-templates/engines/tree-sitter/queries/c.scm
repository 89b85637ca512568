; Of a declarator the name is taken that it declares: tags/declarator.rs.
(function_definition declarator: (_) @name) @definition.function
; A function's if its declarator is one.
(declaration declarator: (_) @name) @global.variable
(type_definition declarator: (_) @name) @definition.type
(parameter_declaration declarator: (_) @name) @definition.none
(compound_statement) @scope

; What has no other name than this one.
(type_definition type: (struct_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.union
(type_definition type: (enum_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.enum
(translation_unit (enum_specifier !name body: (enumerator_list (enumerator name: (identifier) @name) @definition.constant)))

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
; A type that is only named.
(enum_specifier name: (type_identifier) @name !body) @definition.none
(union_specifier name: (type_identifier) @name !body) @definition.none

(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.macro

(call_expression function: [
  (identifier) @name
  (field_expression field: (field_identifier) @name)
]) @reference.call
(type_identifier) @name @reference.type
