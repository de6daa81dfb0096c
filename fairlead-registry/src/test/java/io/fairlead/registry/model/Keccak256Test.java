package io.fairlead.registry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Keccak256Test {
  @ParameterizedTest
  @CsvSource({
    "'', c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    "10.0.0.1:8500, c233de891a7d970f7995580e0c2b694ac339fae91c23c95743fb3e49f10c5018",
    "GUARDIAN_ROLE, 55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041",
    "REGISTRAR_ROLE, edcc084d3dcd65a1f7f23c65c46722faca6953d28e43150a467cf43e5c309238",
  })
  void keccakVectors(String text, String digest) {
    byte[] input = text.getBytes(StandardCharsets.UTF_8);
    assertThat(HexFormat.of().formatHex(Keccak256.digest(input))).isEqualTo(digest);
  }

  @Test
  void keccakOfEveryLengthAroundItsBlockDiffers() {
    assertThat(
            java.util.stream.IntStream.range(130, 280)
                .mapToObj(n -> HexFormat.of().formatHex(Keccak256.digest(new byte[n])))
                .distinct())
        .hasSize(150);
  }
}
