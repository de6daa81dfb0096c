package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteRangeTest {
  @ParameterizedTest(name = "{0} of {1}: {2}")
  @CsvSource({
    "bytes=0-0,          10, 0-0",
    "bytes=0-9,          10, 0-9",
    "bytes=0-99,         10, 0-9",
    "bytes=5-,           10, 5-9",
    "bytes=9-9,          10, 9-9",
    "bytes=-3,           10, 7-9",
    "bytes=-10,          10, 0-9",
    "bytes=-99,          10, 0-9",
    "BYTES=1-2,          10, 1-2",
    "'bytes = 1-2',      10, 1-2",
    "bytes=0-99999999999999999999999999, 10, 0-9",
    "bytes=10-,          10, none",
    "bytes=10-20,        10, none",
    "bytes=99999999999999999999999-, 10, none",
    "bytes=-0,           10, none",
    "bytes=0-,           0,  none",
    "bytes=-5,           0,  whole",
    "bytes=5-4,          10, whole",
    "bytes=,             10, whole",
    "bytes=-,            10, whole",
    "bytes=a-b,          10, whole",
    "bytes=1-b,          10, whole",
    "bytes=+1-2,         10, whole",
    "bytes=--1,          10, whole",
    "bytes,              10, whole",
    "items=0-1,          10, whole",
    "'bytes=0-1,3-4',    10, 0-1+3-4",
    "'bytes=3-4, 0-2',   10, 0-4",
    "'bytes=3-4,20-',    10, 3-4",
    "'bytes=30-,20-',    10, none",
    "'bytes=0-1,',       10, whole"
  })
  void readsTheField(String field, long length, String meaning) {
    String read =
        switch (ByteRange.of(field, length)) {
          case ByteRange.Whole _ -> "whole";
          case ByteRange.Part(long first, long last) -> first + "-" + last;
          case ByteRange.Several(var parts) ->
              String.join(
                  "+", parts.stream().map(part -> part.first() + "-" + part.last()).toList());
          case ByteRange.Unsatisfiable _ -> "none";
        };
    assertThat(read).isEqualTo(meaning);
  }
}
