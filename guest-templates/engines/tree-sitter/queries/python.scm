(class_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @docstring))) @definition.class

(function_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @docstring))) @definition.function

((module (expression_statement (assignment left: (identifier) @name) @definition.variable))
  (#not-match? @name "^_*[A-Z][A-Z0-9_]*$"))

(module (type_alias_statement left: (type (identifier) @name)) @definition.type)

(type (identifier) @name @reference.type)
(class_definition superclasses: (argument_list (identifier) @name @reference.type))
