(element (start_tag (tag_name) @name
  (#any-of? @name "title" "main" "nav" "header" "footer" "section" "article" "aside" "form" "dialog" "template"))) @definition.element

(element (start_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
])) (#eq? @_attribute "id")) @definition.element
(element (self_closing_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
])) (#eq? @_attribute "id")) @definition.element

((element (start_tag (tag_name) @_tag) . (text) @name) (#match? @_tag "^[hH][1-6]$")) @definition.heading

((script_element (start_tag (tag_name) @name)) @definition.script)
((style_element (start_tag (tag_name) @name)) @definition.style)
