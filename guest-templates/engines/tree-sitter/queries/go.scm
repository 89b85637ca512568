(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @parent
    (generic_type type: (type_identifier) @parent)
    (pointer_type [(type_identifier) @parent (generic_type type: (type_identifier) @parent)])
  ]))
  name: (field_identifier) @name) @definition.method

(type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
(type_alias name: (type_identifier) @name) @definition.type
(interface_type (method_elem name: (field_identifier) @name) @definition.method)

; Names are the only identifiers directly in a specification; the field is on one of them.
(source_file (const_declaration (const_spec (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec (identifier) @name) @definition.variable))
(source_file (var_declaration (var_spec_list (var_spec (identifier) @name) @definition.variable)))
; Lists on one line: problems/gap.rs.
(source_file (var_declaration (var_spec_list (ERROR (var_spec (identifier) @name) @definition.variable))))
(source_file (const_declaration (ERROR (const_spec (identifier) @name) @definition.constant)))
(source_file (ERROR "var" (var_spec (identifier) @name) @definition.variable))
(source_file (ERROR "const" (const_spec (identifier) @name) @definition.constant))
(source_file (var_declaration
  (var_spec name: (identifier) @name value: (expression_list . (func_literal) .)) @definition.function))
