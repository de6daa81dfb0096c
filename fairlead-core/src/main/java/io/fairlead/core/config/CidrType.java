package io.fairlead.core.config;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.config.Node.Scalar;
import java.util.Map;
import java.util.Optional;

/** Address blocks; bits beyond the prefix are a mistake, not noise. */
final class CidrType extends ScalarType<Cidr> {
  @Override
  Outcome<Cidr> parse(Scalar scalar, ReadContext context) {
    Optional<Cidr> block = Cidr.parse(scalar.text());
    if (block.isPresent()) return new Outcome.Good<>(block.get());
    Optional<Cidr> masked = Cidr.masked(scalar.text());
    return masked.isPresent()
        ? new Outcome.Bad<>(
            Codes.BAD_CIDR,
            "has bits set beyond its prefix",
            Outcome.literal(scalar, "did you mean `" + masked.get() + "`?", ""))
        : new Outcome.Bad<>(Codes.BAD_CIDR, "is not an address block", "expected " + describe());
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "pattern", "^[0-9a-fA-F:.]+(/[0-9]{1,3})?$");
  }

  @Override
  public String describe() {
    return "an address block such as 10.0.0.0/8 or fd00::/8";
  }
}
