"""List the fields QuickBooks knows, so that an unknown one is refused with fault 2010.

One line per type of value. ``skip`` marks what is known but read-only or not modelled: accepted
and ignored, as the service does. A number after ``<`` is the longest text allowed (facts:
quickbooks 6.3, 6.6, 6.9).
"""

from __future__ import annotations

_ENTITY = """
id: Id
skip: SyncToken MetaData domain status sparse AttachableRef
[CustomField]: CustomField
"""

_TRANSACTION = (
    _ENTITY
    + """
text<21: DocNumber
date: TxnDate
ref: DepartmentRef CurrencyRef ProjectRef
number: ExchangeRate
text<4000: PrivateNote
[LinkedTxn]: LinkedTxn
[Line]: Line
{TxnTaxDetail}: TxnTaxDetail
text: TransactionLocationType TxnStatus
skip: TotalCostAmount HomeTotalCostAmount
skip: TxnSource TxnSubType Tag TxnApprovalInfo RecurDataRef RecurringInfo TaxFormType TaxFormNum
"""
)

_SALE = (
    _TRANSACTION
    + """
ref: CustomerRef ClassRef SalesTermRef ShipMethodRef DepositToAccountRef PaymentMethodRef
{MemoRef}: CustomerMemo
{PhysicalAddress}: BillAddr ShipAddr ShipFromAddr
date: DueDate ShipDate
flag: AutoDocNumber ApplyTaxAfterDiscount FreeFormAddress
text: TrackingNum PaymentRefNum
text<15: PONumber
TaxExcluded|TaxInclusive|NotApplicable: GlobalTaxCalculation
NotSet|NeedToPrint|PrintComplete: PrintStatus
NotSet|NeedToSend|EmailSent: EmailStatus
{EmailAddress}: BillEmail BillEmailCc BillEmailBcc
skip: GovtTxnRefIdentifier
skip: TotalAmt HomeTotalAmt Balance HomeBalance RemitToRef ARAccountRef FinanceCharge PaymentType
skip: CheckPayment CreditCardPayment DeliveryInfo DiscountRate DiscountAmt SalesRepRef TemplateRef
skip: TaxExemptionRef ShippingTaxIncludedInTotalTax FOB
"""
)

_PERSON = (
    _ENTITY
    + """
text<16: Title Suffix
text<100: GivenName MiddleName FamilyName CompanyName
text<500: DisplayName
text<110: PrintOnCheckName
flag: Active
{TelephoneNumber}: PrimaryPhone AlternatePhone Mobile Fax
{EmailAddress}: PrimaryEmailAddr
{WebSiteAddress}: WebAddr
{PhysicalAddress}: BillAddr ShipAddr OtherAddr
ref: CurrencyRef
skip: Balance IntuitId Organization UserId V4IDPseudonym OtherContactInfo
"""
)

DEFINITIONS = {
    "Invoice": _SALE
    + """
money: Deposit
skip: AllowOnlineAffirmPayment AllowOnlinePayPalPayment AutoPayEligible CfdiUse ConvenienceFeeDetail
skip: EnabledSurchargeInfo Exportation FinancingProductType GlobalInfo GratuityEnabled
skip: InvoiceLinkExpiryDate InvoiceLinkSecurityCode PaymentDetailsMessage SchedulePayEligible
skip: ScheduledPaymentId SubscriptionPaymentsSetting TxnRetainageDetail
flag: AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment
skip: InvoiceLink invoiceStatus EInvoiceStatus ECloudStatusTimeStamp LessCIS callToAction
skip: invoiceStatusLog InvoiceEx
""",
    "CreditMemo": _SALE
    + """
ref: InvoiceRef
skip: RemainingCredit CreditMemoEx
""",
    "RefundReceipt": _SALE
    + """
skip: RemainingCredit RefundReceiptEx
""",
    "Payment": _TRANSACTION
    + """
ref: CustomerRef DepositToAccountRef PaymentMethodRef ARAccountRef
text<21: PaymentRefNum
money: TotalAmt
flag: ProcessPayment
skip: UnappliedAmt PaymentType CreditCardPayment CheckPayment RemitToRef PaymentExtendedType
skip: PaymentEx
""",
    "Customer": _PERSON
    + """
flag: Job BillWithParent Taxable
ref: ParentRef DefaultTaxCodeRef SalesTermRef PaymentMethodRef CustomerTypeRef
text<1024: Notes
text<16: ResaleNum
text: PreferredDeliveryMethod PrimaryTaxIdentifier SecondaryTaxIdentifier TaxExemptionReasonId
text: BusinessNumber
skip: IsCISContractor TDSEnabled TaxGroupCodeRef TaxRateRef
skip: FullyQualifiedName Level BalanceWithJobs OpenBalanceDate OverDueBalance RootCustomerRef
skip: IsProject
skip: ContactName AltContactName AcctNum CreditLimit TotalRevenue TotalExpense JobInfo
skip: CustomerEx ARAccountRef
skip: ClientEntityId GSTIN GSTRegistrationType Source TaxRegime ClientCompanyId CCDetail
skip: PriceLevelRef SalesRepRef
""",
    "Vendor": _PERSON
    + """
flag: Vendor1099
text: AcctNum TaxIdentifier
ref: TermRef
""",
    "Employee": _PERSON
    + """
text: EmployeeNumber
date: HiredDate ReleasedDate
skip: SSN PrimaryAddr BillableTime BirthDate Gender
""",
    "Item": _ENTITY
    + """
text<100: Name Sku
text<4000: Description PurchaseDesc
flag: Active SubItem Taxable SalesTaxIncluded PurchaseTaxIncluded TrackQtyOnHand
number: UnitPrice PurchaseCost QtyOnHand ReorderPoint
Service|NonInventory|Inventory|Category|Group|Assembly|Bundle: Type
ref: ParentRef IncomeAccountRef ExpenseAccountRef AssetAccountRef SalesTaxCodeRef
ref: PurchaseTaxCodeRef ClassRef
ref: PrefVendorRef TaxClassificationRef
date: InvStartDate
skip: BuildPoint COGSAccountRef CustomExtensions DeferredRevenue DepositToAccountRef
skip: ItemAssemblyDetail PaymentMethodRef UOMSetRef
skip: FullyQualifiedName Level PercentBased RatePercent AvgCost SpecialItem SpecialItemType
skip: ItemGroupDetail
skip: ItemCategoryType ManPartNum PrintGroupedItems ItemEx Source ServiceType AbatementRate
skip: ReverseChargeRate
skip: UQCDisplayText UQCId QtyOnPurchaseOrder QtyOnSalesOrder
""",
    "Account": _ENTITY
    + """
text<100: Name Description
flag: Active SubAccount
text: AccountType AccountSubType AcctNum Classification TxnLocationType
ref: ParentRef CurrencyRef TaxCodeRef
skip: AccountPurposes AcctNumExtn TaxAccount
skip: FullyQualifiedName AccountAlias CurrentBalance CurrentBalanceWithSubAccounts OpeningBalance
skip: OpeningBalanceDate BankNum OnlineBankingEnabled FIName JournalCodeRef AccountEx
""",
    "Term": _ENTITY
    + """
text<31: Name
flag: Active
whole: DueDays DiscountDays DayOfMonthDue DueNextMonthDays DiscountDayOfMonth
number: DiscountPercent
skip: Type SalesTermEx
""",
    "Class": _ENTITY
    + """
text<100: Name
flag: Active SubClass
ref: ParentRef
skip: FullyQualifiedName ClassEx
""",
    "Department": _ENTITY
    + """
text<100: Name
flag: Active SubDepartment
ref: ParentRef
skip: FullyQualifiedName Address DepartmentEx
""",
    "Line": """
text: Id
whole: LineNum
text<4000: Description
money: Amount
[LinkedTxn]: LinkedTxn
text: DetailType
{SalesItemLineDetail}: SalesItemLineDetail
{DiscountLineDetail}: DiscountLineDetail
{GroupLineDetail}: GroupLineDetail
{TaxLineDetail}: TaxLineDetail
{PaymentLineDetail}: PaymentLineDetail
skip: AccountBasedExpenseLineDetail CostAmount CustomExtensions DepositLineDetail HomeCostAmount
skip: ItemAdjustmentLineDetail ItemBasedExpenseLineDetail ItemReceiptLineDetail
skip: JournalEntryLineDetail PurchaseOrderItemLineDetail ReimburseLineDetail
skip: SalesOrderItemLineDetail TDSLineDetail
skip: SubTotalLineDetail DescriptionLineDetail Received LineEx ProjectRef CustomField
""",
    "SalesItemLineDetail": """
ref: ItemRef ClassRef ItemAccountRef TaxCodeRef TaxClassificationRef PriceLevelRef
number: UnitPrice Qty RatePercent DiscountRate
money: TaxInclusiveAmt DiscountAmt
date: ServiceDate
skip: RetainageAmount
skip: MarkupInfo UOMRef InventorySiteRef DeferredRevenue UnitCostPrice SalesItemLineDetailEx
""",
    "DiscountLineDetail": """
flag: PercentBased
number: DiscountPercent
ref: DiscountRef DiscountAccountRef ClassRef TaxCodeRef
date: ServiceDate
skip: DiscountLineDetailEx
""",
    "GroupLineDetail": """
ref: GroupItemRef
number: Quantity
[Line]: Line
skip: UOMRef ServiceDate GroupLineDetailEx
""",
    "PaymentLineDetail": """
ref: ItemRef ClassRef
skip: ServiceDate Balance Discount PaymentLineEx
""",
    "TxnTaxDetail": """
ref: TxnTaxCodeRef DefaultTaxCodeRef
money: TotalTax
[Line]: TaxLine
flag: UseAutomatedSalesTax
skip: TaxReviewStatus
""",
    "TaxLineDetail": """
ref: TaxRateRef
flag: PercentBased
number: TaxPercent
money: NetAmountTaxable TaxInclusiveAmount OverrideDeltaAmount
skip: ServiceDate TaxLineDetailEx
""",
    "LinkedTxn": """
text: TxnId TxnType TxnLineId
""",
    "CustomField": """
text: DefinitionId Name Type
text<31: StringValue
skip: BooleanValue DateValue NumberValue
""",
    "MemoRef": """
text: id
text<1000: value
""",
    "EmailAddress": """
skip: Id Default Tag
email: Address
""",
    "TelephoneNumber": """
skip: Id DeviceType CountryCode AreaCode ExchangeCode Extension Default Tag
text<30: FreeFormNumber
""",
    "WebSiteAddress": """
skip: Id Default Tag
text<1000: URI
""",
    "PhysicalAddress": """
skip: Id CountryCode County PostalCodeSuffix Lat Long Tag Note
text<500: Line1 Line2 Line3 Line4 Line5
text<255: City Country CountrySubDivisionCode
text<30: PostalCode
""",
}


def _read(definition: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for line in definition.strip().splitlines():
        kind, _, names = line.partition(":")
        if names:
            table.update(dict.fromkeys(names.split(), kind.strip()))
    return table


FIELDS: dict[str, dict[str, str]] = {name: _read(text) for name, text in DEFINITIONS.items()}
WRITABLE = (
    "Invoice", "CreditMemo", "RefundReceipt", "Payment", "Customer", "Item", "Account", "Term",
    "Vendor", "Employee", "Class", "Department",
)  # fmt: skip
