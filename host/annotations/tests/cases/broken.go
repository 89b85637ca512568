// @skill:id a.b.c
package main

func f( {
