(class_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @docstring))) @definition.class

(function_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @docstring))) @definition.function

(expression_statement [
  (assignment left: [
      (identifier) @name
      (pattern_list [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
      (tuple_pattern [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
      (list_pattern [(identifier) @name (list_splat_pattern (identifier) @name)])
    ])
  (assignment right: (assignment left: (identifier) @name))
  (assignment right: (assignment right: (assignment left: (identifier) @name)))
] @global.variable)
((expression_statement [
  (assignment left: [
      (identifier) @name
      (pattern_list [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
      (tuple_pattern [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
      (list_pattern [(identifier) @name (list_splat_pattern (identifier) @name)])
    ])
  (assignment right: (assignment left: (identifier) @name))
] @global.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))
(expression_statement (assignment left: (identifier) @name right: (lambda)) @global.function)
; What these set is for what they do, and not for others.
[(for_statement) (while_statement)] @scope
((if_statement condition: (comparison_operator . (identifier) @_name)) @scope (#eq? @_name "__name__"))

(type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)])) @global.type
(class_definition body: (block
  (type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)])) @definition.type))

(type (identifier) @name @reference.type)
(class_definition superclasses: (argument_list (identifier) @name @reference.type))
