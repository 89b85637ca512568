(function_definition name: (word) @name) @definition.function

(variable_assignment name: (variable_name) @name) @global.variable
(declaration_command ["declare" "typeset"] (variable_name) @name @global.variable)
(declaration_command "readonly" (variable_name) @name @global.constant)
(declaration_command "readonly" (variable_assignment name: (variable_name) @name) @global.constant)
((declaration_command ["declare" "typeset"] . (word) @_option (variable_assignment name: (variable_name) @name) @global.constant)
  (#match? @_option "^-[a-zA-Z]*r"))
; What shows or changes functions declares no variable.
((declaration_command ["declare" "typeset"] . (word) @_option (variable_name) @name) @definition.none
  (#match? @_option "^-[a-zA-Z]*[fFp]"))
; Set for one command only.
(command (variable_assignment name: (variable_name) @name) @definition.none)

; What is set in these is set again and again, or elsewhere.
[
  (subshell)
  (command_substitution)
  (process_substitution)
  (if_statement)
  (case_statement)
  (for_statement)
  (c_style_for_statement)
  (while_statement)
] @scope

(command name: (command_name (word) @name)) @reference.call
