(element (start_tag (tag_name) @name
  (#match? @name "^(?i:title|main|nav|header|footer|section|article|aside|form|dialog|template)$"))) @definition.element

(element [(start_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
])) (self_closing_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
]))] (#match? @_attribute "^[iI][dD]$")) @definition.element

; A heading is called by its words: symbols/heading.rs. Its first ones are where its name stands.
((element (start_tag (tag_name) @name)) @definition.heading (#match? @name "^[hH][1-6]$"))
((element (start_tag (tag_name) @_tag) . (text) @name) @definition.heading (#match? @_tag "^[hH][1-6]$"))

((script_element (start_tag (tag_name) @name)) @definition.script)
((style_element (start_tag (tag_name) @name)) @definition.style)
((script_element (start_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
]))) @definition.script (#match? @_attribute "^[iI][dD]$"))
((style_element (start_tag (attribute (attribute_name) @_attribute [
  (attribute_value) @name
  (quoted_attribute_value (attribute_value) @name)
]))) @definition.style (#match? @_attribute "^[iI][dD]$"))
