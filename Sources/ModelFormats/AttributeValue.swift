/// The value of an operator's attribute as the file states it, weights aside.
public enum AttributeValue: Sendable, Equatable {
  case integer(Int)
  case number(Float)
  case text(String)
  case integers([Int])
  case numbers([Float])
  case texts([String])
}
