import CKernels

/// The instruction set whose kernels run in this process: the best that the processor has, or what `VIGIL_ISA` names.
public enum InstructionSet {
  /// As `VIGIL_ISA` names it: `baseline`, `avx2`, `avx512` or `neon`.
  public static var name: String { String(cString: vk_instruction_set()) }

  /// What is wrong with `VIGIL_ISA`, in one line that names the choices; nil when nothing is. Asked before other threads run.
  public static var problem: String? { vk_instruction_set_problem().map { String(cString: $0) } }
}
