package io.fairlead.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Every record of the vectors is looked at by a test: a new one needs its line here. */
class VectorsTest {
  private static final String KEYS = "key.KeysTest#theVectorsOfEveryKindReadSignAndWriteBack";
  private static final String IDS = "key.KeysTest#anIdOfAShortKeyHoldsTheKey";
  private static final String CERTIFICATES =
      "secure.TlsTest#theCertificatesOfTheVectorsNameTheirPeers";
  private static final String WORDS = "negotiate.NegotiationTest#wordsHaveALengthAndALineFeed";
  private static final String NOISE =
      "secure.NoiseHandshakeTest#theTranscriptOfAnotherImplementationIsMadeByteForByte";
  private static final String NOISE_BACK =
      "secure.NoiseHandshakeTest#theHashOfTheHandshakeIsThatOfAnotherImplementation";

  /** Record to test, below this package. */
  private static Map<String, String> tests() {
    Map<String, String> tests = new TreeMap<>();
    for (String kind : List.of("rsa", "ed25519", "secp256k1", "ecdsa")) {
      tests.put("key." + kind + ".private", KEYS);
      tests.put("key." + kind + ".public", KEYS);
    }
    for (String kind : List.of("ed25519", "ecdsa", "secp256k1")) {
      tests.put("tls.valid." + kind, CERTIFICATES);
    }
    tests.put("tls.invalid.signature", "secure.TlsTest#theWrongSignatureOfTheVectorsIsRefused");
    tests.put("peerid.ed25519", IDS);
    tests.put("peerid.secp256k1", IDS);
    tests.put(
        "envelope.voucher",
        "key.SignedEnvelopeTest#theVoucherOfAnotherImplementationOpensAndIsMadeByteForByte");
    tests.put(
        "envelope.peerrecord",
        "address.MultiaddrTest#theRecordOfAnotherImplementationOpensAndIsMadeByteForByte");
    tests.put("multiaddr", "address.MultiaddrTest#theVectorsReadAndWriteBack");
    tests.put("multistream.na", WORDS);
    tests.put("multistream.header", WORDS);
    for (String record :
        List.of("e", "e-ee-s-es", "s-se", "initiator.0", "initiator.1", "responder.0")) {
      tests.put("noise." + record, NOISE);
    }
    tests.put("noise.hash", NOISE_BACK);
    return tests;
  }

  @Test
  void everyRecordHasATest() {
    assertThat(tests().keySet()).isEqualTo(new TreeSet<>(Vectors.names()));
  }

  @Test
  void andTheTestsAreThere() throws ClassNotFoundException {
    for (String test : new TreeSet<>(tests().values())) {
      String[] parts = test.split("#");
      Class<?> type = Class.forName(Vectors.class.getPackageName() + "." + parts[0]);
      assertThat(type.getDeclaredMethods())
          .as(test)
          .anyMatch(method -> method.getName().equals(parts[1]) && isTest(method));
    }
  }

  private static boolean isTest(Method method) {
    return Arrays.stream(method.getAnnotations())
        .anyMatch(each -> each instanceof Test || each instanceof ParameterizedTest);
  }
}
