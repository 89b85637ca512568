(function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition declarator: (pointer_declarator (function_declarator declarator: (identifier) @name))) @definition.function
(function_definition declarator: (pointer_declarator (pointer_declarator (function_declarator declarator: (identifier) @name)))) @definition.function
(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(declaration declarator: (pointer_declarator (function_declarator declarator: (identifier) @name))) @definition.function
(declaration declarator: (pointer_declarator (pointer_declarator (function_declarator declarator: (identifier) @name)))) @definition.function
; A function inside the body of another is declared, not defined.
(compound_statement (declaration declarator: (function_declarator declarator: (identifier) @name))) @definition.none
(parameter_declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.none

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
; A type that is only named.
(enum_specifier name: (type_identifier) @name !body) @definition.none
(union_specifier name: (type_identifier) @name !body) @definition.none

(type_definition declarator: [
  (pointer_declarator (type_identifier) @name)
  (array_declarator declarator: (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator (type_identifier) @name)))
]) @definition.type

(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.macro

(translation_unit (declaration declarator: [
  (identifier) @name
  (init_declarator declarator: [
    (identifier) @name
    (pointer_declarator (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator (array_declarator declarator: (identifier) @name))
    (array_declarator declarator: (array_declarator declarator: (identifier) @name))
    (pointer_declarator (pointer_declarator (identifier) @name))
  ])
  (pointer_declarator (identifier) @name)
  (array_declarator declarator: (identifier) @name)
]) @definition.variable)

(call_expression function: [
  (identifier) @name
  (field_expression field: (field_identifier) @name)
]) @reference.call
(type_identifier) @name @reference.type
