/**
 * @skill:id ai.example.nothing
 * @skill:name "Nothing"
 * @skill:version 1.0.0
 */
