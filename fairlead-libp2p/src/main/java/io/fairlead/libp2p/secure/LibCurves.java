package io.fairlead.libp2p.secure;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fairlead.libp2p.key.KeyType;
import io.fairlead.libp2p.key.PublicKey;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * X25519 and Ed25519 of the system's libcrypto (OpenSSL 3). It wants no time to be compiled first,
 * and takes a third of the platform's when that has had it. Signatures of other keys stay with the
 * platform.
 *
 * <p>Keys lie in arrays of the heap, as the platform's do; the library's copies live as long as a
 * call of these, and it wipes them. Calls are critical ones: the longest takes some 100 µs.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_PKEY_derive/">EVP_PKEY_derive(3)</a>
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_DigestVerifyInit/">EVP_DigestVerify(3)</a>
 */
final class LibCurves implements Curves {
  private static final MemorySegment NULL = MemorySegment.NULL;
  private static final long KEY_BYTES = X25519.KEY_BYTES;

  private static final MemorySegment X = Arena.global().allocateFrom("X25519");
  private static final MemorySegment ED = Arena.global().allocateFrom("ED25519");

  /** RFC 8032 §7.1, test 2: key, signature; the message is the byte 0x72. */
  private static final String KNOWN_KEY =
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

  private static final String KNOWN_SIGNATURE =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

  private final MethodHandle random;
  private final MethodHandle privateKey;
  private final MethodHandle publicKey;
  private final MethodHandle openHalf;
  private final MethodHandle freeKey;
  private final MethodHandle agreement;
  private final MethodHandle begin;
  private final MethodHandle peer;
  private final MethodHandle derive;
  private final MethodHandle freeAgreement;
  private final MethodHandle digest;
  private final MethodHandle beginVerify;
  private final MethodHandle verify;
  private final MethodHandle freeDigest;
  private final MethodHandle forgetErrors;

  /** Loaded when first asked for, once. */
  private static final class Here {
    static final Optional<LibCurves> CURVES =
        LibCrypto.open(LibCurves::new).filter(LibCurves::agrees);
  }

  /** The curves of this machine's library; empty where they are not there or compute otherwise. */
  static Optional<LibCurves> load() {
    return Here.CURVES;
  }

  /**
   * @throws IllegalArgumentException the library lacks a function
   */
  private LibCurves(SymbolLookup library) {
    Linker.Option quick = Linker.Option.critical(true);
    FunctionDescriptor free = FunctionDescriptor.ofVoid(ADDRESS);
    FunctionDescriptor raw =
        FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    FunctionDescriptor three = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    this.random =
        LibCrypto.handle(
            library, "RAND_priv_bytes", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), quick);
    this.privateKey = LibCrypto.handle(library, "EVP_PKEY_new_raw_private_key_ex", raw, quick);
    this.publicKey = LibCrypto.handle(library, "EVP_PKEY_new_raw_public_key_ex", raw, quick);
    this.openHalf = LibCrypto.handle(library, "EVP_PKEY_get_raw_public_key", three, quick);
    this.freeKey = LibCrypto.handle(library, "EVP_PKEY_free", free);
    this.agreement =
        LibCrypto.handle(
            library,
            "EVP_PKEY_CTX_new_from_pkey",
            FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    this.begin =
        LibCrypto.handle(library, "EVP_PKEY_derive_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    this.peer =
        LibCrypto.handle(
            library, "EVP_PKEY_derive_set_peer", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    this.derive = LibCrypto.handle(library, "EVP_PKEY_derive", three, quick);
    this.freeAgreement = LibCrypto.handle(library, "EVP_PKEY_CTX_free", free);
    this.digest = LibCrypto.handle(library, "EVP_MD_CTX_new", FunctionDescriptor.of(ADDRESS));
    this.beginVerify =
        LibCrypto.handle(
            library,
            "EVP_DigestVerifyInit",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
            quick);
    this.verify =
        LibCrypto.handle(
            library,
            "EVP_DigestVerify",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG),
            quick);
    this.freeDigest = LibCrypto.handle(library, "EVP_MD_CTX_free", free);
    this.forgetErrors = LibCrypto.handle(library, "ERR_clear_error", FunctionDescriptor.ofVoid());
  }

  @Override
  public X25519.Pair generate() {
    byte[] secret = new byte[X25519.KEY_BYTES];
    byte[] open = new byte[X25519.KEY_BYTES];
    MemorySegment key = NULL;
    try {
      MemorySegment bytes = MemorySegment.ofArray(secret);
      boolean made = (int) random.invokeExact(bytes, X25519.KEY_BYTES) == 1;
      if (made) key = (MemorySegment) privateKey.invokeExact(NULL, X, NULL, bytes, KEY_BYTES);
      if (key.address() != 0) {
        MemorySegment to = MemorySegment.ofArray(open);
        made = (int) openHalf.invokeExact(key, to, size()) == 1;
      }
      if (!made || key.address() == 0) throw refused("a key");
      return new X25519.Pair(secret, open);
    } catch (Throwable failure) {
      Arrays.fill(secret, (byte) 0);
      throw LibCrypto.failed(failure);
    } finally {
      free(freeKey, key);
    }
  }

  @Override
  public byte[] agree(X25519.Pair own, byte[] open) throws HandshakeException {
    byte[] shared = new byte[X25519.KEY_BYTES];
    if (!derived(own.secret(), open, shared)) throw X25519.lowOrder();
    return shared;
  }

  /** False for a public half of low order, which is the only thing wrong with one. */
  private boolean derived(byte[] secret, byte[] open, byte[] shared) {
    MemorySegment own = NULL;
    MemorySegment other = NULL;
    MemorySegment context = NULL;
    try {
      MemorySegment mine = MemorySegment.ofArray(secret);
      own = (MemorySegment) privateKey.invokeExact(NULL, X, NULL, mine, KEY_BYTES);
      MemorySegment theirs = MemorySegment.ofArray(open);
      other = (MemorySegment) publicKey.invokeExact(NULL, X, NULL, theirs, KEY_BYTES);
      if (own.address() == 0 || other.address() == 0) throw refused("X25519");
      context = (MemorySegment) agreement.invokeExact(NULL, own, NULL);
      if (context.address() == 0) throw refused("X25519");
      boolean ready = (int) begin.invokeExact(context) == 1;
      if (!ready || (int) peer.invokeExact(context, other) != 1) throw refused("X25519");
      MemorySegment to = MemorySegment.ofArray(shared);
      boolean done = (int) derive.invokeExact(context, to, size()) == 1;
      if (!done) forgetErrors.invokeExact();
      int bits = 0;
      for (byte b : shared) bits |= b;
      return done && bits != 0;
    } catch (Throwable failure) {
      throw LibCrypto.failed(failure);
    } finally {
      free(freeAgreement, context);
      free(freeKey, other);
      free(freeKey, own);
    }
  }

  @Override
  public boolean verify(PublicKey key, byte[] message, byte[] signature) {
    return key.type() == KeyType.ED25519
        ? verified(key.data(), message, signature)
        : key.verify(message, signature);
  }

  private boolean verified(byte[] raw, byte[] message, byte[] signature) {
    MemorySegment key = NULL;
    MemorySegment context = NULL;
    try {
      MemorySegment bytes = MemorySegment.ofArray(raw);
      key = (MemorySegment) publicKey.invokeExact(NULL, ED, NULL, bytes, (long) raw.length);
      context = (MemorySegment) digest.invokeExact();
      if (key.address() == 0 || context.address() == 0) throw refused("Ed25519");
      if ((int) beginVerify.invokeExact(context, NULL, NULL, NULL, key) != 1) {
        throw refused("Ed25519");
      }
      MemorySegment signed = MemorySegment.ofArray(message);
      MemorySegment by = MemorySegment.ofArray(signature);
      long length = message.length;
      boolean genuine =
          (int) verify.invokeExact(context, by, (long) signature.length, signed, length) == 1;
      if (!genuine) forgetErrors.invokeExact();
      return genuine;
    } catch (Throwable failure) {
      throw LibCrypto.failed(failure);
    } finally {
      free(freeDigest, context);
      free(freeKey, key);
    }
  }

  /** Whether the library computes what the platform does, and sees what is wrong. */
  boolean agrees() {
    try {
      X25519.Pair one = generate();
      X25519.Pair other = X25519.generate();
      byte[] shared = agree(one, other.open());
      if (!Arrays.equals(shared, X25519.agree(other.secret(), one.open()))) return false;
      if (derived(one.secret(), new byte[X25519.KEY_BYTES], new byte[X25519.KEY_BYTES])) {
        return false;
      }
      byte[] key = HexFormat.of().parseHex(KNOWN_KEY);
      byte[] signature = HexFormat.of().parseHex(KNOWN_SIGNATURE);
      if (!verified(key, new byte[] {0x72}, signature)) return false;
      return !verified(key, new byte[] {0x73}, signature);
    } catch (HandshakeException | IllegalStateException refused) {
      return false;
    }
  }

  /** The room of a key, as the library wants to be told of it and to tell. */
  private static MemorySegment size() {
    return MemorySegment.ofArray(new long[] {KEY_BYTES});
  }

  private static void free(MethodHandle how, MemorySegment what) {
    if (what.address() == 0) return;
    try {
      how.invokeExact(what);
    } catch (Throwable failure) {
      throw LibCrypto.failed(failure);
    }
  }

  private IllegalStateException refused(String what) {
    try {
      forgetErrors.invokeExact();
    } catch (Throwable failure) {
      throw LibCrypto.failed(failure);
    }
    return new IllegalStateException("libcrypto refused " + what);
  }
}
